// What stand-ins of providers share: they listen on loopback, list what they took, and can be told to be slow, to fail or to die after accepting.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const MAX_BODY_BYTES = 1024 * 1024;

/**
 * How one coming message is answered, as scripted by `PUT /_next`. After `delayMs`: `drop: 'before'` closes the
 * socket without taking the message, `drop: 'after'` takes it and closes the socket; a `status` of 400 or more refuses it;
 * any other scripted `status` or `body` takes it and replaces that part of the answer. A `code` alone refuses with that error of the provider.
 */
export interface ScriptedAnswer { status?: number; code?: number; body?: unknown; delayMs?: number; drop?: 'before' | 'after' }

/** `url` is the base before the provider's own paths; `close` also ends open connections and delayed answers. */
export interface StandIn { url: string; port: number; close(): Promise<void> }

export type Json = Record<string, unknown>;

export interface SendCall {
  path: string;
  authorization: string;
  headers: Record<string, string | undefined>;
  /** As `Provider.read` made it; undefined when it exceeds 1 MiB (read to its end, so that the caller hears why). */
  body: unknown;
}

export interface Reply { status: number; body?: unknown; location?: string | undefined }

/** A call that sends nothing. */
export interface OtherCall {
  method: string;
  pathname: string;
  query: URLSearchParams;
  href: string;
  /** Its JSON; null when it is none, undefined when it exceeds 1 MiB. */
  body: unknown;
  authorization: string;
}

export interface Provider<Taken> {
  /** Whether a `POST` to this path sends a message. */
  sends(path: string): boolean;
  read(bytes: Buffer): unknown;
  /** What it answers instead of taking the message, or null. */
  refuse(call: SendCall): Reply | null;
  /** What is listed of a message, and what is answered. */
  take(call: SendCall): { taken: Taken; reply: Reply };
  /** Answers by itself, where a body is larger or no JSON. @returns whether it did */
  stream?(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
  /** What else it answers; null for a path it does not know. */
  other?(call: OtherCall): Reply | null;
  /** An error in its own shape, by its own `code` where a script names one. `scripted`: without a body of its own; `unknown`: no such path; `script`: a script that is none. */
  error(what: 'scripted' | 'unknown' | 'script' | 'failed', words: string, code?: number): unknown;
}

export interface StandInOptions { port?: number; host?: string; maxSent?: number }

/** `GET /_sent` lists, `DELETE /_sent` forgets, `PUT /_next` replaces the script. Port 0, the default, takes a free one. Keeps the last `maxSent` messages. Rejects when the address cannot be taken. */
export async function startStandIn<Taken>(provider: Provider<Taken>, { port = 0, host = '127.0.0.1', maxSent = 10_000 }: StandInOptions = {}): Promise<StandIn> {
  const sent: Taken[] = [];
  let script: ScriptedAnswer[] = [];
  const stopped = new AbortController();

  const send = async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    const bytes = await readAll(request);
    const call: SendCall = { path, authorization: request.headers.authorization ?? '', headers: request.headers as SendCall['headers'], body: bytes && provider.read(bytes) };
    const next = script.shift() ?? {};
    if (next.delayMs !== undefined) await wait(next.delayMs, undefined, { signal: stopped.signal });
    if (next.drop === 'before') { response.destroy(); return; }
    const status = next.status ?? (next.code === undefined ? undefined : 400);
    if (status !== undefined && status >= 400) return answer(response, status, next.body ?? provider.error('scripted', 'Scripted failure', next.code));
    const refusal = provider.refuse(call);
    if (refusal) return answer(response, refusal.status, refusal.body);
    const { taken, reply } = provider.take(call);
    sent.push(taken);
    if (sent.length > maxSent) sent.shift();
    if (next.drop === 'after') { response.destroy(); return; }
    answer(response, next.status ?? reply.status, next.body ?? reply.body);
  };

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams: query, href } = new URL(request.url ?? '/', `http://${request.headers.host ?? 'standin'}`);
    if (request.method === 'POST' && provider.sends(pathname)) return send(request, response, pathname);
    if (await provider.stream?.(request, response)) return;
    const bytes = await readAll(request);
    const call = `${request.method} ${pathname}`;
    if (call === 'GET /_sent') return answer(response, 200, sent);
    if (call === 'DELETE /_sent') sent.length = 0;
    else if (call === 'PUT /_next') {
      const given = jsonOf(bytes ?? Buffer.alloc(0));
      if (!isScript(given)) return answer(response, 400, provider.error('script', 'Script: [{ status?, code?, body?, delayMs?, drop? }]'));
      script = given;
    } else {
      const other = provider.other?.({ method: request.method ?? 'GET', pathname, query, href, body: bytes && jsonOf(bytes), authorization: request.headers.authorization ?? '' });
      if (other?.location !== undefined) { response.writeHead(302, { location: other.location }).end(); return; }
      return other ? answer(response, other.status, other.body) : answer(response, 404, provider.error('unknown', pathname));
    }
    answer(response, 204);
  };

  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => {
      // The caller hung up, or the stand-in was closed during a delay. Anything else is a fault of the stand-in: show it.
      if (request.socket.destroyed || stopped.signal.aborted) response.destroy();
      else answer(response, 500, provider.error('failed', `The stand-in failed: ${String(error)}`));
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

export const isRecord = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The JSON of a body, null when it is none. */
export function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return null;
  }
}

async function readAll(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return size > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks);
}

function isScript(value: unknown): value is ScriptedAnswer[] {
  const within = (field: unknown, low: number, high: number) =>
    Number.isInteger(field) && Number(field) >= low && Number(field) <= high;
  return Array.isArray(value) && value.every((answer) => isRecord(answer)
    && within(answer.status ?? 200, 200, 599) && within(answer.code ?? 0, 0, 10_000_000) && within(answer.delayMs ?? 0, 0, 600_000)
    && ['before', 'after'].includes(String(answer.drop ?? 'after')));
}

function answer(response: ServerResponse, status: number, body?: unknown): void {
  const text = body === undefined ? '' : JSON.stringify(body);
  response.writeHead(status, text === '' ? {} : { 'content-type': 'application/json; charset=utf-8' }).end(text);
}
