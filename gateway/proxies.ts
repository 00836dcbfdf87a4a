// Who calls, and what they called, when proxies of our own stand in between: those named are believed, nobody else.
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Exchange, Origin } from '../subgraphs/kernel/base/http.exchange.js';
import { addressJudge } from '../subgraphs/kernel/base/ip-networks.js';

/** More than any chain of proxies has; what a client wrote in front of it is not read. */
const MOST_HOPS = 20;

export class Proxies {
  readonly #trusts: (ip: string | null) => boolean;

  /** @param networks addresses and networks (CIDR) of our own proxies; none: the socket's peer is the client */
  constructor(networks: readonly string[]) {
    this.#trusts = networks.length === 0 ? () => false : addressJudge(networks);
  }

  /** The last address before our own proxies: whatever stands before it, the client may have written itself. */
  originOf(request: IncomingMessage): Origin {
    const peer = plain(request.socket.remoteAddress);
    return { ip: this.#clientOf(request, peer), userAgent: request.headers['user-agent']?.slice(0, 256) ?? null };
  }

  /** The URL as the client called it; providers sign it. */
  urlOf({ request, path, search }: Exchange): string {
    const protocol = this.#forwarded(request, 'x-forwarded-proto') === 'https' ? 'https' : 'http';
    return `${protocol}://${this.hostOf(request)}${path}${search}`;
  }

  /** The host, and the port where one is named, as the client called it. */
  hostOf(request: IncomingMessage): string {
    return this.#forwarded(request, 'x-forwarded-host') ?? request.headers.host ?? `${request.socket.localAddress}:${request.socket.localPort}`;
  }

  /** Of several, the first is what the client itself called. */
  #forwarded(request: IncomingMessage, name: string): string | undefined {
    return this.#trusts(plain(request.socket.remoteAddress)) ? String(request.headers[name] ?? '').split(',')[0]?.trim() || undefined : undefined;
  }

  #clientOf(request: IncomingMessage, peer: string | null): string | null {
    let ip = peer;
    const before = (request.headersDistinct['x-forwarded-for'] ?? []).flatMap((text) => text.split(',')).slice(-MOST_HOPS);
    while (this.#trusts(ip)) {
      const next = plain(before.pop()?.trim());
      // A hop that is no address tells nothing: the nearest one known counts.
      if (next === null || isIP(next) === 0) return ip;
      ip = next;
    }
    return ip;
  }
}

const plain = (address: string | undefined): string | null => address?.replace(/^::ffff:(?=\d+\.)/i, '') ?? null;
