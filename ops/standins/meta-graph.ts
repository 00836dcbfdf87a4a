// Stands in for Meta's Graph API on loopback: takes WhatsApp, Messenger and Instagram messages as documented, and can be told to fail.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { MetaAccounts } from './meta-graph.accounts.js';

const MAX_BODY_BYTES = 1024 * 1024;
const MAX_TEXT_LENGTH = 4096; // characters, as Meta documents
const MAX_MESSENGER_TEXT_LENGTH = 2000;
const SEND_PATH = /^\/v\d+\.\d+\/([^/]+)\/messages$/;

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
 * any other scripted `status` or `body` takes it and replaces that part of the answer.
 */
export interface ScriptedAnswer { status?: number; body?: unknown; delayMs?: number; drop?: 'before' | 'after' }

/** `url` is the base before `/{version}`; `close` also ends open connections and delayed answers. */
export interface MetaGraphStandIn { url: string; port: number; close(): Promise<void> }

type Json = Record<string, unknown>;

/**
 * `POST /{version}/{phone-number-id}/messages` sends, `GET /_sent` lists, `DELETE /_sent` forgets, `PUT /_next` replaces
 * the script of the next answers. Port 0, the default, takes a free one. Keeps the last `maxSent` messages. Rejects when
 * the address cannot be taken.
 */
export async function startMetaGraphStandIn({ port = 0, host = '127.0.0.1', maxSent = 10_000 } = {}): Promise<MetaGraphStandIn> {
  const sent: SentMessage[] = [];
  let script: ScriptedAnswer[] = [];
  const accounts = new MetaAccounts();
  const stopped = new AbortController();

  const sendMessage = async (request: IncomingMessage, response: ServerResponse, path: string, phoneNumberId: string) => {
    const { authorization = '' } = request.headers;
    const body = await readJson(request);
    const next = script.shift() ?? {};
    if (next.delayMs !== undefined) await wait(next.delayMs, undefined, { signal: stopped.signal });
    if (next.drop === 'before') return response.destroy();
    const { status = 200 } = next;
    if (status >= 400) return reply(response, status, next.body ?? graphError(2, 'Scripted failure'));
    if (!/^Bearer \S+$/.test(authorization) || accounts.refuses(authorization)) return reply(response, 401, graphError(190, 'Invalid OAuth access token'));
    const flaw = flawOf(body);
    if (flaw !== null) return reply(response, body === undefined ? 413 : 400, graphError(100, `(#100) ${flaw}`));

    const id = `${isRecipient(body) ? 'm_' : 'wamid.'}${Buffer.from(randomUUID()).toString('base64')}`;
    sent.push({ path, phoneNumberId, authorization, body, id, receivedAt: new Date().toISOString() });
    if (sent.length > maxSent) sent.shift();
    if (next.drop === 'after') return response.destroy();
    reply(response, status, next.body ?? answerTo(body, id));
  };

  const route = async (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://standin');
    const phoneNumberId = SEND_PATH.exec(pathname)?.[1];
    if (request.method === 'POST' && phoneNumberId !== undefined) {
      return sendMessage(request, response, pathname, decodeURIComponent(phoneNumberId));
    }
    const body = await readJson(request);
    const call = `${request.method} ${pathname}`;
    if (call === 'GET /_sent') return reply(response, 200, sent);
    if (call === 'DELETE /_sent') sent.length = 0;
    else if (call === 'PUT /_next') {
      if (!isScript(body)) return reply(response, 400, graphError(100, 'Script: [{ status?, body?, delayMs?, drop? }]'));
      script = body;
    } else {
      const answer = accounts.answer({ method: request.method ?? 'GET', pathname, query: searchParams, body, authorization: request.headers.authorization ?? '' });
      if (answer?.location !== undefined) return void response.writeHead(302, { location: answer.location }).end();
      return answer ? reply(response, answer.status, answer.body) : reply(response, 404, graphError(2500, `Unknown path components: ${pathname}`));
    }
    reply(response, 204);
  };

  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => {
      // The caller hung up, or the stand-in was closed during a delay. Anything else is a fault of the stand-in: show it.
      if (request.socket.destroyed || stopped.signal.aborted) response.destroy();
      else reply(response, 500, graphError(1, `The stand-in failed: ${String(error)}`));
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

const isRecipient = (body: unknown): body is { recipient: { id: string } } => isRecord(body) && isRecord(body.recipient);

function answerTo(body: unknown, id: string): Json {
  if (isRecipient(body)) return { recipient_id: body.recipient.id, message_id: id };
  const { to } = body as { to: string };
  return { messaging_product: 'whatsapp', contacts: [{ input: to, wa_id: to.replace(/\D/g, '') }], messages: [{ id }] };
}

function flawOf(body: unknown): string | null {
  if (body === undefined) return 'Request is larger than 1 MiB';
  if (!isRecord(body)) return 'Request body must be a JSON object';
  if (body.recipient !== undefined) return messagingFlaw(body);
  if (body.messaging_product !== 'whatsapp') return 'The parameter messaging_product is required and must be "whatsapp"';
  if (typeof body.to !== 'string' || body.to === '') return 'The parameter to is required';
  if (body.type !== 'text') return 'The parameter type is required; this stand-in takes "text"';
  const text = isRecord(body.text) ? body.text.body : undefined;
  if (typeof text !== 'string' || text === '') return "The parameter text['body'] is required";
  return text.length > MAX_TEXT_LENGTH ? `Param text['body'] must be at most ${MAX_TEXT_LENGTH} characters long` : null;
}

/** The Send API of Messenger and Instagram. */
function messagingFlaw({ recipient, messaging_type: type, message }: Json): string | null {
  if (!isRecord(recipient) || typeof recipient.id !== 'string' || recipient.id === '') return 'The parameter recipient is required';
  if (!['RESPONSE', 'UPDATE', 'MESSAGE_TAG'].includes(String(type))) return 'The parameter messaging_type must be RESPONSE, UPDATE or MESSAGE_TAG';
  const text = isRecord(message) ? message.text : undefined;
  if (typeof text !== 'string' || text === '') return "The parameter message['text'] is required";
  return text.length > MAX_MESSENGER_TEXT_LENGTH ? `Length of param message[text] must be less than or equal to ${MAX_MESSENGER_TEXT_LENGTH}` : null;
}

function isScript(value: unknown): value is ScriptedAnswer[] {
  const within = (field: unknown, low: number, high: number) =>
    Number.isInteger(field) && Number(field) >= low && Number(field) <= high;
  return Array.isArray(value) && value.every((answer) => isRecord(answer)
    && within(answer.status ?? 200, 200, 599) && within(answer.delayMs ?? 0, 0, 600_000)
    && ['before', 'after'].includes(String(answer.drop ?? 'after')));
}

function graphError(code: number, message: string): Json {
  return { error: { message, type: 'OAuthException', code, fbtrace_id: randomUUID().replaceAll('-', '').slice(0, 23) } };
}

/** The JSON of a body, null when it is none, undefined when it exceeds 1 MiB (read to its end, so that the caller hears why). */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (size > MAX_BODY_BYTES) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function reply(response: ServerResponse, status: number, body?: unknown): void {
  const text = body === undefined ? '' : JSON.stringify(body);
  response.writeHead(status, text === '' ? {} : { 'content-type': 'application/json; charset=utf-8' }).end(text);
}
