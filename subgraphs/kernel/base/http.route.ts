// The answer of a declared route as HTTP, the same whoever serves it: the gateway itself or the owner's own listener.
import type { Answer } from './http.exchange.js';
import type { RouteResponse } from './subgraph-port.js';

/** @param oversize the request was not read to its end, so its connection cannot be used again */
export const routeAnswer = (response: RouteResponse, oversize: boolean): Answer => ({
  ...response,
  headers: {
    ...(response.body === undefined ? {} : { 'content-type': 'text/plain; charset=utf-8' }),
    ...lowerCase(response.headers ?? {}),
    ...(oversize ? { connection: 'close' } : {}),
  },
});

const lowerCase = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
