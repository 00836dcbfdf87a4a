// Which headers of an HTTP message are for its reader, and which for the next hop or for the house alone.
import type { IncomingHttpHeaders } from 'node:http';

/** RFC 9110, 7.6.1, and `expect`, which each hop answers for itself. */
const HOP_BY_HOP = new Set([
  'connection', 'expect', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer',
  'transfer-encoding', 'upgrade',
]);
const OF_THE_HOUSE = 'x-switchboard-';

/** The headers that go on to a further hop: no word of the connection, none of ours. */
export function endToEnd(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const named = new Set((headers.connection ?? '').toLowerCase().split(',').map((name) => name.trim()));
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) =>
    value === undefined || HOP_BY_HOP.has(name) || named.has(name) || name.startsWith(OF_THE_HOUSE) ? [] : [[name, value] as const]));
}

/** The same as a route reads them: one text a name, in process as over HTTP. */
export const routeHeaders = (headers: IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(Object.entries(endToEnd(headers)).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]));
