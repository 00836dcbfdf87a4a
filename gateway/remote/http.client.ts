// Calls of one subgraph's listener over kept-alive connections; what a lost connection may repeat, and what never.
import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { SubgraphUnavailable } from '../../subgraphs/kernel/base/subgraph-port.js';

/** Connections of one port to one subgraph. */
const MAX_SOCKETS = 64;
const MAX_ANSWER = 32 * 1024 * 1024;

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'OPTIONS';
  /** With its query, as it goes over the wire. */
  path: string;
  headers: OutgoingHttpHeaders;
  /** Writes the body and ends the request. */
  send: (request: ClientRequest) => void;
  /**
   * A lost connection is tried again once, on a new one. What may run twice is then simply sent again. What may not waits,
   * before its body, for the word of the subgraph that somebody is there (RFC 9110, 10.1.1): without it nothing has begun.
   */
  repeatable: boolean;
}

export interface Reached {
  request: ClientRequest;
  response: IncomingMessage;
}

/** The connection was lost; `begun` when the subgraph may have acted. */
class ConnectionLost extends Error {
  constructor(readonly begun: boolean, cause: unknown) {
    super('The connection was lost', { cause });
  }
}

export class HttpClient {
  readonly #base: URL;
  readonly #agent: HttpAgent;
  readonly #secure: boolean;

  /** @param url of the listener, e.g. `http://127.0.0.1:4101`; a path in it is a prefix */
  constructor(readonly subgraph: string, url: string, maxSockets = MAX_SOCKETS) {
    this.#base = new URL(url);
    this.#secure = this.#base.protocol === 'https:';
    const settings = { keepAlive: true, maxSockets, maxFreeSockets: MAX_SOCKETS, scheduling: 'lifo' as const };
    this.#agent = this.#secure ? new HttpsAgent(settings) : new HttpAgent(settings);
  }

  /**
   * The beginning of an answer. Whoever asked reads it to its end, or destroys the request.
   * @throws SubgraphUnavailable when there is none; the reason of `signal` when it is aborted
   */
  async reach(call: Call, signal: AbortSignal): Promise<Reached> {
    try {
      return await this.#attempt(call, signal, this.#agent).catch((error: unknown) => {
        if (signal.aborted || !(error instanceof ConnectionLost) || (error.begun && !call.repeatable)) throw error;
        return this.#attempt(call, signal, false);
      });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw new SubgraphUnavailable(this.subgraph, 'unreachable', { cause: error });
    }
  }

  /** A whole answer. @throws SubgraphUnavailable when it is not there within `milliseconds` */
  async exchange(call: Call, milliseconds: number): Promise<{ status: number; bytes: Buffer }> {
    const controller = new AbortController();
    const late = new SubgraphUnavailable(this.subgraph, 'timeout');
    const timer = setTimeout(() => controller.abort(late), milliseconds);
    try {
      const { request, response } = await this.reach(call, controller.signal);
      const bytes = await this.#read(response, controller.signal);
      if (!request.writableEnded) request.destroy(); // answered before it was heard out
      return { status: response.statusCode ?? 0, bytes };
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #attempt({ method, path, headers, send, repeatable }: Call, signal: AbortSignal, agent: HttpAgent | false): Promise<Reached> {
    return new Promise((resolve, reject) => {
      const { protocol, hostname, port, pathname } = this.#base;
      const request = (this.#secure ? httpsRequest : httpRequest)({
        protocol, hostname: hostname.replace(/^\[|\]$/g, ''), port, method, agent, signal,
        path: pathname.replace(/\/$/, '') + path,
        headers: repeatable ? headers : { ...headers, expect: '100-continue' },
      });
      let begun = repeatable;
      request.on('error', (error) => reject(new ConnectionLost(begun, error)));
      request.once('response', (response) => resolve({ request, response }));
      if (repeatable) send(request);
      else {
        request.once('continue', () => {
          begun = true;
          send(request);
        });
        request.flushHeaders();
      }
    });
  }

  #read(response: IncomingMessage, signal: AbortSignal): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.byteLength;
        if (size <= MAX_ANSWER) chunks.push(chunk);
        else response.destroy(new Error(`The subgraph ${this.subgraph} answered more than ${MAX_ANSWER} bytes`));
      });
      response.once('end', () => resolve(Buffer.concat(chunks, size)));
      response.once('error', (error) => reject(
        signal.aborted ? signal.reason : size > MAX_ANSWER ? error : new SubgraphUnavailable(this.subgraph, 'unreachable', { cause: error })));
    });
  }
}
