// What a lost connection may repeat: anything that had not begun, and only what is harmless once it had.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SubgraphUnavailable } from '../../subgraphs/kernel/base/subgraph-port.js';
import { HttpClient, type Call } from './http.client.js';

let server: Server;
let client: HttpClient;
let serve: (request: IncomingMessage, response: ServerResponse) => void;
/** Before a body is asked for: `false` breaks the connection instead. */
let admit: () => boolean;
let admitted = 0;
let served = 0;

beforeEach(async () => {
  served = admitted = 0;
  admit = () => true;
  serve = (request, response) => request.pipe(response);
  const take = (request: IncomingMessage, response: ServerResponse): void => {
    served += 1;
    serve(request, response);
  };
  server = createServer(take).on('checkContinue', (request, response) => {
    admitted += 1;
    if (!admit()) return void request.socket.resetAndDestroy();
    response.writeContinue();
    take(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = new HttpClient('shop', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterEach(async () => {
  client.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const call = (repeatable: boolean, body = 'body'): Call =>
  ({ method: 'POST', path: '/', headers: {}, repeatable, send: (request) => request.end(body) });
const text = async (repeatable: boolean, milliseconds = 2_000): Promise<string> => String((await client.exchange(call(repeatable), milliseconds)).bytes);
const unavailable = (reason: string) => ({ subgraph: 'shop', reason });
/** Breaks the connection of the first request it sees. */
const breaksOnce = (): typeof serve => {
  let broken = false;
  return (request, response) => {
    if (broken) return void request.pipe(response);
    broken = true;
    request.socket.resetAndDestroy();
  };
};

describe('a call whose connection is lost', () => {
  it('is repeated once when it is harmless', async () => {
    serve = breaksOnce();
    expect(await text(true)).toBe('body');
    expect([served, admitted]).toEqual([2, 0]);
  });

  it('is never repeated when it had begun', async () => {
    serve = breaksOnce();
    await expect(text(false)).rejects.toMatchObject(unavailable('unreachable'));
    expect([served, admitted]).toEqual([1, 1]);
  });

  it('is repeated once when it had not begun: nobody had asked for its body', async () => {
    admit = () => admitted > 1;
    expect(await text(false)).toBe('body');
    expect([served, admitted]).toEqual([1, 2]);
    admit = () => false;
    await expect(text(false)).rejects.toMatchObject(unavailable('unreachable'));
    expect(served).toBe(1);
  });

  it('survives a server that closed the kept connections meanwhile', async () => {
    for (const repeatable of [true, false]) {
      expect(await text(repeatable)).toBe('body');
      server.closeAllConnections();
      expect(await text(repeatable)).toBe('body');
    }
  });

  it('is not repeated in the middle of its answer', async () => {
    serve = (_request, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('x', () => response.socket?.resetAndDestroy());
    };
    await expect(text(true)).rejects.toMatchObject(unavailable('unreachable'));
    expect(served).toBe(1);
  });
});

describe('a call', () => {
  it('is bounded in time, before and in the middle of its answer', async () => {
    for (const late of [() => undefined, (response: ServerResponse) => response.write('x')]) {
      serve = (_request, response) => void late(response);
      const began = performance.now();
      await expect(text(true, 150)).rejects.toMatchObject(unavailable('timeout'));
      await expect(text(false, 150)).rejects.toMatchObject(unavailable('timeout'));
      expect(performance.now() - began).toBeLessThan(2_000);
    }
    serve = (request, response) => request.pipe(response);
    expect(await text(false)).toBe('body');
  });

  it('is bounded in size', async () => {
    serve = (_request, response) => void response.end(Buffer.alloc(33 * 1024 * 1024));
    const refused = await text(true, 10_000).catch((error: unknown) => error);
    expect(refused).not.toBeInstanceOf(SubgraphUnavailable);
    expect(String(refused)).toContain('answered more than');
  });

  it('takes an answer that did not wait for its body', async () => {
    serve = (_request, response) => void response.writeHead(401).end('no');
    server.removeAllListeners('checkContinue').on('checkContinue', (_request: IncomingMessage, response: ServerResponse) => response.writeHead(401).end('no'));
    expect(await client.exchange(call(false), 1_000)).toEqual({ status: 401, bytes: Buffer.from('no') });
  });

  it('goes below a prefix', async () => {
    serve = (request, response) => void response.end(request.url);
    const below = new HttpClient('shop', `http://127.0.0.1:${(server.address() as AddressInfo).port}/a/b/`);
    expect(String((await below.exchange({ ...call(true), path: '/graphql?x=1' }, 1_000)).bytes)).toBe('/a/b/graphql?x=1');
    below.close();
  });
});
