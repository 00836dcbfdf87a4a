// The body of a request for a declared route: read to its end first, or handed over as it comes where the declaration says so.
import type { IncomingMessage } from 'node:http';
import { ClientGone, readBody } from './http.exchange.js';
import type { RouteDeclaration, RouteRequest } from './subgraph-port.js';

export type RouteBody = Pick<RouteRequest, 'body' | 'oversize' | 'stream'>;

export async function routeBody(request: IncomingMessage, { maxBytes, streamMs }: Pick<RouteDeclaration, 'maxBytes' | 'streamMs'>): Promise<RouteBody> {
  if (streamMs === undefined) {
    const { bytes, oversize } = await readBody(request, maxBytes);
    return { body: bytes, oversize };
  }
  const oversize = Number(request.headers['content-length'] ?? 0) > maxBytes;
  return { body: Buffer.alloc(0), oversize, stream: pieces(request, maxBytes) };
}

/** No faster than it is taken. Whoever stops in the middle can still answer: the connection is not destroyed for it. */
async function* pieces(request: IncomingMessage, maxBytes: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  try {
    for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += piece.byteLength;
      if (size > maxBytes) throw new BodyTooLarge(`The body is larger than ${maxBytes} bytes.`);
      yield piece;
    }
  } catch (error) {
    if (error instanceof BodyTooLarge || !request.destroyed) throw error;
    throw new ClientGone('The client went away before its request was complete');
  }
  if (!request.complete) throw new ClientGone('The client went away before its request was complete');
}

export class BodyTooLarge extends Error {}
