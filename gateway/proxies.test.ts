// Forwarded headers count as far as our own proxies wrote them.
import { describe, expect, it } from '@jest/globals';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { openExchange } from '../subgraphs/kernel/base/http.exchange.js';
import { Proxies } from './proxies.js';

const TRUSTED = ['10.0.0.0/8', '2001:db8:aa::/48'];

const request = (peer: string, forwardedFor: string[], headers: Record<string, string> = {}): IncomingMessage => ({
  method: 'GET', url: '/hook?a=b', headers: { host: 'inside:4000', ...headers },
  headersDistinct: forwardedFor.length === 0 ? {} : { 'x-forwarded-for': forwardedFor }, socket: { remoteAddress: peer, localAddress: '10.0.0.1', localPort: 4000 },
}) as unknown as IncomingMessage;
const ip = (peer: string, forwardedFor: string[], trusted = TRUSTED): string | null => new Proxies(trusted).originOf(request(peer, forwardedFor)).ip;

describe('the address of a client', () => {
  it.each([
    ['is the peer when nothing is forwarded', '203.0.113.5', [], '203.0.113.5'],
    ['is the peer when it is no proxy of ours, whatever it says', '203.0.113.5', ['198.51.100.1'], '203.0.113.5'],
    ['is what our proxy saw', '10.1.1.1', ['203.0.113.5'], '203.0.113.5'],
    ['is not what the client wrote in front', '10.1.1.1', ['198.51.100.1, 203.0.113.5'], '203.0.113.5'],
    ['is not what the client wrote in a header of its own', '10.1.1.1', ['198.51.100.1', '203.0.113.5'], '203.0.113.5'],
    ['is found behind several of ours', '10.1.1.1', ['198.51.100.1, 203.0.113.5, 10.2.2.2, 2001:db8:aa::7'], '203.0.113.5'],
    ['is the furthest of ours when all are', '10.1.1.1', ['10.3.3.3, 10.2.2.2'], '10.3.3.3'],
    ['is the nearest known when a hop is no address', '10.1.1.1', ['203.0.113.5, unknown, 10.2.2.2'], '10.2.2.2'],
    ['reads IPv6 and mapped IPv4', '::ffff:10.1.1.1', ['2001:db8:bb::1'], '2001:db8:bb::1'],
    ['is our proxy itself when it forwards nothing', '10.1.1.1', [], '10.1.1.1'],
  ])('%s', (_what, peer, forwardedFor, expected) => expect(ip(peer, forwardedFor)).toBe(expected));

  it('is the peer when no proxy is named', () => expect(ip('10.1.1.1', ['203.0.113.5'], [])).toBe('10.1.1.1'));
});

describe('the URL a client called', () => {
  const url = (peer: string, headers: Record<string, string>): string => {
    const response = { setHeader: () => undefined } as unknown as ServerResponse;
    return new Proxies(TRUSTED).urlOf(openExchange(request(peer, [], headers), response));
  };
  const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'api.example.com' };

  it('is what our proxy says it was', () => expect(url('10.1.1.1', headers)).toBe('https://api.example.com/hook?a=b'));
  it('is the one of this listener from anybody else', () => expect(url('203.0.113.5', headers)).toBe('http://inside:4000/hook?a=b'));
  it('keeps the host when only the protocol is forwarded', () => expect(url('10.1.1.1', { 'x-forwarded-proto': 'https' })).toBe('https://inside:4000/hook?a=b'));
});
