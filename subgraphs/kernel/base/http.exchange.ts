// One HTTP request and its answer over plain node:http: correlation, bounded bodies, JSON, early refusals that arrive.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { CORRELATION_HEADER } from './actor.js';
import type { RouteStream } from './subgraph-port.js';

const CORRELATION = /^[A-Za-z0-9._-]{1,64}$/;
/** How long a client is listened to that says nothing more, and in all, once its request has been refused. */
const LINGER_IDLE_MS = 1_000;
const LINGER_MS = 10_000;

/** Where a call comes from. */
export interface Origin {
  ip: string | null;
  userAgent: string | null;
}

export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  method: string;
  /** As sent, still percent-encoded, without the query. */
  path: string;
  /** Starts with `?`, or empty. */
  search: string;
  correlationId: string;
  /** The name of what served it, for metrics and logs: never the raw path. */
  route: string;
}

export function openExchange(request: IncomingMessage, response: ServerResponse): Exchange {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  const correlationId = correlationOf(request);
  response.setHeader(CORRELATION_HEADER, correlationId);
  return {
    request, response, correlationId, route: 'other',
    method: request.method ?? 'GET',
    path: mark < 0 ? url : url.slice(0, mark),
    search: mark < 0 ? '' : url.slice(mark),
  };
}

/** The caller's own correlation id when it is harmless text, else a new one. */
export function correlationOf(request: IncomingMessage): string {
  const given = request.headers[CORRELATION_HEADER];
  return typeof given === 'string' && CORRELATION.test(given) ? given : randomUUID();
}

export interface Answer {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body?: string | Buffer | RouteStream;
}

export const json = (status: number, value: unknown, headers: Record<string, string> = {}): Answer => ({
  status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body: `${JSON.stringify(value)}\n`,
});

/** What a client of plain HTTP routes reads when something is wrong. */
export const problem = (status: number, code: string, message: string, headers: Record<string, string> = {}): Answer =>
  json(status, { error: code, message }, headers);

export function answer({ request, response }: Exchange, { status, headers, body }: Answer): void {
  if (response.headersSent || response.destroyed) {
    if (typeof body === 'object' && 'stream' in body) body.stream.destroy();
    return;
  }
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
  if (typeof body === 'object' && 'stream' in body) {
    response.statusCode = status;
    response.setHeader('content-length', body.bytes);
    // Whoever reads learns that it was cut from the length: their connection is closed.
    pipeline(body.stream, response).catch(() => response.destroy());
    return;
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : (body ?? Buffer.alloc(0));
  response.statusCode = status;
  if (status !== 204 && status !== 304) response.setHeader('content-length', bytes.byteLength);
  if (isRead(request)) {
    response.end(request.method === 'HEAD' ? undefined : bytes);
    return;
  }
  response.setHeader('connection', 'close');
  response.write(bytes);
  endUnread(request, response);
}

/**
 * Ends a response whose request was not read to its end. Closing at once would reset the connection and take the answer
 * with it, so the whole answer goes out first and what still arrives is thrown away for a while.
 */
export function endUnread(request: IncomingMessage, response: ServerResponse): void {
  const close = (): void => {
    clearTimeout(idle);
    clearTimeout(limit);
    request.off('data', more).off('end', close).off('error', close).off('close', close);
    response.end();
  };
  const more = (): void => { idle.refresh(); };
  const idle = setTimeout(close, LINGER_IDLE_MS);
  const limit = setTimeout(close, LINGER_MS);
  request.on('data', more).once('end', close).once('error', close).once('close', close);
  request.resume();
}

/** Nothing more of the request will arrive. */
export const isRead = (request: IncomingMessage): boolean => request.complete || !hasBody(request);

export const hasBody = (request: IncomingMessage): boolean =>
  request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;

export interface Body {
  bytes: Buffer;
  /** There was more than allowed: `bytes` is empty and the rest was not read. */
  oversize: boolean;
}

/** How long a client may take to send what is read before it is acted upon. */
export const BODY_MS = 30_000;
/** The same of the whole of any request: a body that is taken as it comes. */
export const REQUEST_MS = 900_000;

/** Reads at most `maxBytes` bytes. Rejects when the client goes away first, or takes too long. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Body> {
  const oversize: Body = { bytes: Buffer.alloc(0), oversize: true };
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.resolve(oversize);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (done: () => void): void => {
      clearTimeout(late);
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
      done();
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.byteLength;
      if (size <= maxBytes) chunks.push(chunk);
      else settle(() => { request.pause(); resolve(oversize); });
    };
    const onEnd = (): void => settle(() => resolve({ bytes: Buffer.concat(chunks, size), oversize: false }));
    const onGone = (): void => settle(() => reject(new ClientGone('The client went away before its request was complete')));
    const late = setTimeout(onGone, BODY_MS);
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
  });
}

export class ClientGone extends Error {}
