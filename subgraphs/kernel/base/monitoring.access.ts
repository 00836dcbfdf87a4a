// Who may read what a process tells its operator: whoever has the token, or without one only this machine.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const LOOPBACK = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|localhost)$/;
/** What a proxy adds: its client is not the one that the socket shows. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'];

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** @param token the operator's; undefined: requests of this machine, to its own name, through no proxy */
export function mayRead(request: IncomingMessage, token: string | undefined): boolean {
  if (token !== undefined) {
    const given = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    // Digests have one length: neither the length of the token nor its beginning can be timed.
    return given !== undefined && timingSafeEqual(digest(given), digest(token));
  }
  const peer = request.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '';
  // The name, too: a page elsewhere may have its own name resolve to this machine and have the operator's browser ask.
  return LOOPBACK.test(peer) && LOOPBACK.test(hostOf(request)) && FORWARDED.every((name) => request.headers[name] === undefined);
}

const hostOf = ({ headers }: IncomingMessage): string => (headers.host ?? '').toLowerCase().replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
