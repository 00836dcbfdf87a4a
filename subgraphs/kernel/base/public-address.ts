// Calls to addresses that strangers gave: https alone, to hosts of the public internet alone, as they resolve when the connection is made.
import { lookup as resolve, type LookupAddress } from 'node:dns';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** An address that nothing of ours calls. As an error of connecting: no byte of the request has left. */
export class AddressRefused extends Error {
  readonly code = 'ADDRESS_REFUSED';
  readonly syscall = 'connect';
}

// Source: IANA's registries of special-purpose addresses (RFC 6890), all that is not globally reachable, and what leads on to IPv4 of its own choice.
const CLOSED = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16], ['172.16.0.0', 12], ['192.0.0.0', 24], ['192.0.2.0', 24],
  ['192.88.99.0', 24], ['192.168.0.0', 16], ['198.18.0.0', 15], ['198.51.100.0', 24], ['203.0.113.0', 24], ['224.0.0.0', 3],
] as const) CLOSED.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of [['2001::', 23], ['2001:db8::', 32], ['2002::', 16], ['3fff::', 20]] as const) CLOSED.addSubnet(network, prefix, 'ipv6');
/** All that is given out of IPv6 for the public internet. */
const OPEN_V6 = new BlockList();
OPEN_V6.addSubnet('2000::', 3, 'ipv6');

/** Whether an IP address is one of the public internet. */
export function isPublicAddress(ip: string): boolean {
  const version = isIP(ip);
  if (version === 4) return !CLOSED.check(ip, 'ipv4');
  return version === 6 && OPEN_V6.check(ip, 'ipv6') && !CLOSED.check(ip, 'ipv6');
}

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

/** @param trusted origins that the operator has configured, which may be anywhere. @throws AddressRefused */
export function checkPublicUrl(url: URL, trusted: readonly string[] = []): void {
  if (trusted.some((origin) => new URL(origin).origin === url.origin)) return;
  if (url.protocol !== 'https:') throw new AddressRefused('The address does not begin with https.');
  if (url.username !== '' || url.password !== '') throw new AddressRefused('The address holds a name or a password.');
  const host = hostOf(url);
  // Names without a dot and those of a local network mean something else to each who resolves them.
  const named = isIP(host) === 0 && host.includes('.') && !/\.(localhost|local|internal|lan|home\.arpa)\.?$/i.test(host);
  if (!named && !isPublicAddress(host)) throw new AddressRefused('The address is not one of the public internet.');
}

type Resolver = (hostname: string, options: { all: true }, done: (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void) => void;

/** What a name resolves to is judged where the connection is made: a name that changes in between gains nothing. */
const guarded = (resolver: Resolver): LookupFunction => (hostname, options, done) => {
  resolver(hostname, { ...options, all: true }, (error, found) => {
    const open = error ? [] : found.filter(({ address }) => isPublicAddress(address));
    const [first] = open;
    if (!first) done(error ?? new AddressRefused('The address resolves to none of the public internet.'), []);
    else if (options.all) done(null, open);
    else done(null, first.address, first.family);
  });
};

/**
 * `fetch` for addresses that strangers gave. Redirects are answers as others: whoever follows one calls again, with what may go there.
 * Rejects as `fetch` does, with the reason in `cause`: an AddressRefused, or what went wrong with the connection.
 */
export function publicFetch({ trusted = [], resolver = resolve as Resolver }: { trusted?: readonly string[]; resolver?: Resolver } = {}): typeof fetch {
  // A connection each: one that was kept may be closed by the other side just when something is written to it.
  const own = { lookup: guarded(resolver), keepAlive: false };
  const agents = { guarded: new HttpsAgent(own), https: new HttpsAgent({ keepAlive: false }), http: new HttpAgent({ keepAlive: false }) };
  return async (input, init = {}) => {
    const request = new Request(input, { ...init, redirect: 'manual', ...(init.body ? { duplex: 'half' } : {}) } as RequestInit);
    const url = new URL(request.url);
    // The caller's own: that of the request made here ends with it, and the answer is read long after.
    const signal = init.signal ?? undefined;
    // Nothing is unpacked here: what is small on its way could be endless.
    const options: RequestOptions = { method: request.method, headers: { ...Object.fromEntries(request.headers), 'accept-encoding': 'identity' }, ...(signal ? { signal } : {}) };
    try {
      checkPublicUrl(url, trusted);
      const known = trusted.some((origin) => new URL(origin).origin === url.origin);
      const agent = url.protocol === 'http:' ? agents.http : known ? agents.https : agents.guarded;
      return responseOf(await exchange(url, { ...options, agent }, request.body && Readable.fromWeb(request.body as never)));
    } catch (cause) {
      signal?.throwIfAborted();
      throw new TypeError('fetch failed', { cause });
    }
  };
}

function exchange(url: URL, options: RequestOptions, body: Readable | null): Promise<IncomingMessage> {
  return new Promise((done, failed) => {
    const call = (url.protocol === 'http:' ? httpRequest : httpsRequest)(url, options, done);
    call.once('error', failed);
    if (body) pipeline(body, call).catch(failed);
    else call.end();
  });
}

function responseOf(answer: IncomingMessage): Response {
  const status = answer.statusCode ?? 502;
  const headers = new Headers();
  for (const [name, values] of Object.entries(answer.headersDistinct)) for (const value of values ?? []) headers.append(name, value);
  if ([204, 205, 304].includes(status)) {
    answer.resume();
    return new Response(null, { status, headers });
  }
  return new Response(Readable.toWeb(answer) as never, { status, headers });
}
