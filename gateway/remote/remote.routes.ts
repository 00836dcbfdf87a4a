// Declared routes whose owner is another process: the request goes there as it comes, with what the gateway vouches for.
import type { ClientRequest, IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { CORRELATION_HEADER } from '../../subgraphs/kernel/base/actor.js';
import { DeadlineExceeded } from '../../subgraphs/kernel/base/deadline.js';
import { BODY_MS, ClientGone, endUnread, hasBody, isRead, type Exchange } from '../../subgraphs/kernel/base/http.exchange.js';
import { endToEnd } from '../../subgraphs/kernel/base/http.headers.js';
import { ROUTE_HEADER, ROUTE_REFUSED_HEADER } from '../../subgraphs/kernel/base/route.token.js';
import type { RouteCall, RouteProxy } from '../routes.js';
import { Breaker } from './breaker.js';
import { HttpClient, type Reached } from './http.client.js';
import type { RemoteOptions } from './remote.subgraph.js';

/** From the first byte of an answer to its last, unless its route is declared to take longer. */
const ANSWER_MS = 60_000;
/** What the gateway itself says on every answer. */
const OF_THE_GATEWAY = new Set(['date', CORRELATION_HEADER]);

export type RemoteRouteOptions = Omit<RemoteOptions, 'timeoutMs'>;

/** The routes of one subgraph in another process. */
export function remoteRoutes(options: RemoteRouteOptions): RouteProxy & { close(): void } {
  // A slow client holds its connection to the owner: they are bounded by the gateway's own, and never make others wait.
  const http = new HttpClient(options.name, options.url, Number.POSITIVE_INFINITY);
  const breaker = new Breaker(options);
  return {
    proxy: (call) => proxy(call, options, http, breaker),
    close: () => http.close(),
  };
}

/** Aborts a call that is late. The time of a route begins when its owner has the whole request. */
class Deadline {
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Begins anew. */
  within(milliseconds: number, what: string): void {
    this.pause();
    if (this.#over) return;
    this.#timer = setTimeout(() => this.abort(new DeadlineExceeded(`${what} took longer than ${milliseconds} ms`)), milliseconds);
  }

  abort(reason: Error): void {
    this.#controller.abort(reason);
  }

  pause(): void {
    clearTimeout(this.#timer);
  }

  end(): void {
    this.#over = true;
    this.pause();
  }
}

async function proxy(call: RouteCall, options: RemoteRouteOptions, http: HttpClient, breaker: Breaker): Promise<void> {
  const { declaration: { name, method, maxBytes, timeoutMs, streamMs = BODY_MS, answerMs = ANSWER_MS }, params, exchange, url, ip } = call;
  const { request, path, search, correlationId } = exchange;
  const what = `the route ${name}`;
  const deadline = new Deadline();
  const sending = { oversize: false };
  const send = (upstream: ClientRequest): void => {
    deadline.within(streamMs, `the body for ${what}`);
    forward(request, upstream, maxBytes).then((whole) => {
      sending.oversize = !whole;
      deadline.within(timeoutMs, what);
    }, (error: Error) => deadline.abort(error));
  };
  deadline.within(timeoutMs, what);
  try {
    const reached = await breaker.run(() => http.reach({
      method, path: path + search, repeatable: !hasBody(request), send,
      headers: {
        ...endToEnd(request.headers),
        [ROUTE_HEADER]: options.signer.signRoute({ subgraph: options.name, route: name, params, url, ip, correlationId }),
      },
    }, deadline.signal));
    deadline.within(answerMs, `the answer of ${what}`);
    await relay(reached, exchange, sending.oversize, options);
  } finally {
    deadline.end();
  }
}

/**
 * Sends the body on as it arrives. Resolves to whether it was all: of what is too large just enough goes on for the owner
 * to see that, and the rest stays unread. Rejects when the client goes away first.
 */
function forward(source: IncomingMessage, sink: ClientRequest, maxBytes: number): Promise<boolean> {
  if (Number(source.headers['content-length'] ?? 0) > maxBytes) return Promise.resolve(false);
  if (!hasBody(source)) {
    sink.end();
    return Promise.resolve(true);
  }
  return new Promise((resolve, reject) => {
    let sent = 0;
    const settle = (done: () => void): void => {
      source.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
      sink.off('drain', resume).off('close', onAnswered);
      done();
    };
    const resume = (): void => { source.resume(); };
    const onData = (chunk: Buffer): void => {
      sent += chunk.byteLength;
      if (!sink.write(chunk) || sent > maxBytes) source.pause();
      if (sent > maxBytes) settle(() => resolve(false));
    };
    const onEnd = (): void => settle(() => { sink.end(); resolve(true); });
    const onGone = (): void => settle(() => reject(new ClientGone('The client went away before its request was complete')));
    const onAnswered = (): void => settle(() => { source.pause(); resolve(true); });
    source.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
    sink.on('drain', resume).on('close', onAnswered);
  });
}

async function relay({ request: upstream, response }: Reached, { request, response: answer, correlationId }: Exchange, oversize: boolean, options: RemoteRouteOptions): Promise<void> {
  if (response.headers[ROUTE_REFUSED_HEADER] !== undefined) {
    upstream.destroy();
    throw new Error(`The subgraph ${options.name} does not believe this gateway (HTTP ${response.statusCode})`);
  }
  answer.statusCode = response.statusCode ?? 502;
  for (const [name, value] of Object.entries(endToEnd(response.headers))) if (!OF_THE_GATEWAY.has(name)) answer.setHeader(name, value);
  const unread = oversize || !isRead(request);
  if (unread) answer.setHeader('connection', 'close');
  try {
    await pipeline(response, answer, { end: false });
  } catch (error) {
    options.logger.warn({ err: error, correlationId, subgraph: options.name }, 'an answer was cut short');
    answer.destroy();
    upstream.destroy();
    return;
  }
  if (!upstream.writableEnded) upstream.destroy();
  if (unread && !isRead(request)) endUnread(request, answer);
  else answer.end();
}
