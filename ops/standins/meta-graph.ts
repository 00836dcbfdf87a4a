// Stands in for Meta's Graph API on loopback: takes WhatsApp, Messenger and Instagram messages as documented, and can be told to fail.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MediaShelf } from './meta-graph.media.js';
import { setTimeout as wait } from 'node:timers/promises';
import { flaw, graphError, isRecord, readJson, reply, type Flaw, type Json } from './meta-graph.http.js';
import { isRecipient, messagingFlaw } from './meta-graph.messaging.js';
import { SAMPLE_TEMPLATES, templatePage, type StandInTemplate } from './meta-graph.templates.js';
import { whatsappFlaw } from './meta-graph.whatsapp.js';

const SEND_PATH = /^\/v\d+\.\d+\/([^/]+)\/messages$/;
const TEMPLATES_PATH = /^\/v\d+\.\d+\/([^/]+)\/message_templates$/;
const BEARER = /^Bearer \S+$/;
/** Words of codes that a script may name alone, from "Cloud API error codes". */
const REASONS: Readonly<Record<number, string>> = {
  130429: 'Rate limit hit', 131047: 'Re-engagement message', 131050: 'User has stopped receiving marketing messages from this business', 131056: '(Business Account, Consumer Account) pair rate limit hit',
  132000: 'Number of parameters does not match the expected number of params', 190: 'Error validating access token',
};

/** One message that the stand-in took, as `GET /_sent` lists them, oldest first. What it refused is not listed. */
export interface SentMessage {
  path: string;
  phoneNumberId: string;
  authorization: string;
  body: unknown;
  /** The id it gave, or would have given had its answer not been scripted or dropped. */
  id: string;
  receivedAt: string;
}

/**
 * How one coming `POST …/messages` is answered, as scripted by `PUT /_next`. After `delayMs`: `drop: 'before'` closes the
 * socket without taking the message, `drop: 'after'` takes it and closes the socket; a `status` of 400 or more refuses it;
 * any other scripted `status` or `body` takes it and replaces that part of the answer. A `code` alone refuses with that Graph error.
 */
export interface ScriptedAnswer { status?: number; code?: number; body?: unknown; delayMs?: number; drop?: 'before' | 'after' }

/** `url` is the base before `/{version}`; `close` also ends open connections and delayed answers. */
export interface MetaGraphStandIn { url: string; port: number; close(): Promise<void> }

/**
 * `POST /{version}/{phone-number-id}/messages` sends, `GET /_sent` lists, `DELETE /_sent` forgets, `PUT /_next` replaces
 * the script of the next answers, `PUT /_templates` the templates of business accounts, which `GET /{version}/{waba-id}/message_templates` lists. Port 0, the default, takes a free one. Keeps the last `maxSent` messages. Rejects when
 * the address cannot be taken.
 */
export async function startMetaGraphStandIn({ port = 0, host = '127.0.0.1', maxSent = 10_000 } = {}): Promise<MetaGraphStandIn> {
  const sent: SentMessage[] = [];
  let script: ScriptedAnswer[] = [];
  let templates: Readonly<Record<string, StandInTemplate[]>> = SAMPLE_TEMPLATES;
  const media = new MediaShelf();
  const stopped = new AbortController();

  const sendMessage = async (request: IncomingMessage, response: ServerResponse, path: string, phoneNumberId: string) => {
    const { authorization = '' } = request.headers;
    const body = await readJson(request);
    const next = script.shift() ?? {};
    if (next.delayMs !== undefined) await wait(next.delayMs, undefined, { signal: stopped.signal });
    if (next.drop === 'before') return response.destroy();
    const { status = next.code === undefined ? 200 : 400 } = next;
    if (status >= 400) return reply(response, status, next.body ?? graphError(flaw(next.code ?? 2, REASONS[next.code ?? 0] ?? 'Scripted failure')));
    if (!BEARER.test(authorization)) return reply(response, 401, graphError(flaw(190, 'Invalid OAuth access token')));
    const fault = flawOf(body, Object.values(templates).flat());
    if (fault !== null) return reply(response, body === undefined ? 413 : 400, graphError(fault));

    const id = `${isRecipient(body) ? 'm_' : 'wamid.'}${Buffer.from(randomUUID()).toString('base64')}`;
    sent.push({ path, phoneNumberId, authorization, body, id, receivedAt: new Date().toISOString() });
    if (sent.length > maxSent) sent.shift();
    if (next.drop === 'after') return response.destroy();
    reply(response, status, next.body ?? answerTo(body, id));
  };

  const route = async (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, searchParams, href } = new URL(request.url ?? '/', `http://${request.headers.host ?? 'standin'}`);
    const account = TEMPLATES_PATH.exec(pathname)?.[1];
    if (request.method === 'GET' && account !== undefined) {
      if (!BEARER.test(request.headers.authorization ?? '')) return reply(response, 401, graphError(flaw(190, 'Invalid OAuth access token')));
      const own = templates[decodeURIComponent(account)];
      return own ? reply(response, 200, templatePage(own, searchParams, href)) : reply(response, 400, graphError(flaw(100, 'Unsupported get request. Object does not exist')));
    }
    if (await media.serve(request, response, `http://${request.headers.host}`)) return;
    const phoneNumberId = SEND_PATH.exec(pathname)?.[1];
    if (request.method === 'POST' && phoneNumberId !== undefined) {
      return sendMessage(request, response, pathname, decodeURIComponent(phoneNumberId));
    }
    const body = await readJson(request);
    const call = `${request.method} ${pathname}`;
    if (call === 'GET /_sent') return reply(response, 200, sent);
    if (call === 'DELETE /_sent') sent.length = 0;
    else if (call === 'PUT /_next') {
      if (!isScript(body)) return reply(response, 400, graphError(flaw(100, 'Script: [{ status?, code?, body?, delayMs?, drop? }]')));
      script = body;
    } else if (call === 'PUT /_templates' && isRecord(body)) {
      templates = body as Record<string, StandInTemplate[]>;
    } else return reply(response, 404, graphError(flaw(2500, `Unknown path components: ${pathname}`)));
    reply(response, 204);
  };

  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => {
      // The caller hung up, or the stand-in was closed during a delay. Anything else is a fault of the stand-in: show it.
      if (request.socket.destroyed || stopped.signal.aborted) response.destroy();
      else reply(response, 500, graphError(flaw(1, `The stand-in failed: ${String(error)}`)));
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  const taken = (server.address() as AddressInfo).port;
  const close = () =>
    new Promise<void>((resolve, reject) => {
      stopped.abort();
      server.close((error) => (error ? reject(error) : resolve()));
      server.closeAllConnections();
    });
  return { url: `http://${host}:${taken}`, port: taken, close };
}

function answerTo(body: unknown, id: string): Json {
  // An action is no message: it has no id.
  if (isRecipient(body)) return { recipient_id: body.recipient.id, ...(body.sender_action === undefined ? { message_id: id } : {}) };
  const { to } = body as { to: string };
  return { messaging_product: 'whatsapp', contacts: [{ input: to, wa_id: to.replace(/\D/g, '') }], messages: [{ id }] };
}

function flawOf(body: unknown, templates: readonly StandInTemplate[]): Flaw | null {
  if (body === undefined) return flaw(100, 'Request is larger than 1 MiB');
  if (!isRecord(body)) return flaw(100, 'Request body must be a JSON object');
  return body.recipient === undefined ? whatsappFlaw(body, templates) : messagingFlaw(body);
}

function isScript(value: unknown): value is ScriptedAnswer[] {
  const within = (field: unknown, low: number, high: number) =>
    Number.isInteger(field) && Number(field) >= low && Number(field) <= high;
  return Array.isArray(value) && value.every((answer) => isRecord(answer)
    && within(answer.status ?? 200, 200, 599) && within(answer.code ?? 0, 0, 10_000_000) && within(answer.delayMs ?? 0, 0, 600_000)
    && ['before', 'after'].includes(String(answer.drop ?? 'after')));
}
