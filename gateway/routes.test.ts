// Declared HTTP routes as a provider meets them: raw bytes in, the owner's answer out, bounded in size and time.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createConnection } from 'node:net';
import { Readable } from 'node:stream';
import type { RouteDeclaration } from '../subgraphs/kernel/base/subgraph-port.js';
import type { Gateway } from './server.js';
import { startWorld } from './two-subgraphs.fixture.js';
import type { World } from './world.fixture.js';

const HOOK: RouteDeclaration = {
  name: 'hook', subgraph: 'shop', method: 'POST', path: '/hooks/:key', auth: 'signature', maxBytes: 1_000, timeoutMs: 300,
};

let world: World;
let gateway: Gateway;

beforeAll(async () => {
  world = startWorld();
  world.routes.push(HOOK, { ...HOOK, name: 'verify', method: 'GET', auth: 'public', maxBytes: 0 });
  gateway = await world.gateway();
});
afterAll(() => world.stop());

describe('declared routes', () => {
  const hook = (path: string, init?: RequestInit) => fetch(`${gateway.url}${path}`, init);

  it('hands over the raw bytes, decoded parameters, query and headers', async () => {
    world.respond = async (name, { body }) => ({ status: 201, headers: { 'X-Seen': name }, body: body.toString('hex') });
    const response = await hook('/hooks/a%2Fb%20c?x=1&x=2', {
      method: 'POST', body: Buffer.from([0, 255, 10]), headers: { 'x-correlation-id': 'abc', 'content-type': 'application/octet-stream' },
    });
    expect([response.status, await response.text(), response.headers.get('x-seen')]).toEqual([201, '00ff0a', 'hook']);
    const seen = world.handled.at(-1);
    expect(seen).toMatchObject({ params: { key: 'a/b c' }, oversize: false, ip: '127.0.0.1', correlationId: 'abc' });
    expect(seen?.query.getAll('x')).toEqual(['1', '2']);
    expect(seen?.headers['content-type']).toBe('application/octet-stream');
    expect(seen?.url).toBe(`${gateway.url}/hooks/a%2Fb%20c?x=1&x=2`);
  });

  /** A client that sends all of its body before it reads a byte, as many do. */
  const writeThenRead = async (path: string, bytes: number): Promise<string> => {
    const socket = createConnection(gateway.port, '127.0.0.1').pause();
    let heard = '';
    socket.on('data', (chunk) => { heard += String(chunk); });
    socket.on('error', (error) => { heard += String(error); });
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: ${bytes}\r\n\r\n`);
    socket.write(Buffer.alloc(bytes), () => socket.resume());
    await closed;
    return heard;
  };

  it('tells the owner that a body is too large without reading it', async () => {
    world.respond = async (_name, { oversize, body }) => ({ status: oversize ? 413 : 200, body: String(body.byteLength) });
    const sent = (bytes: number) => [Buffer.alloc(bytes, 1), new Blob([Buffer.alloc(bytes, 1)]).stream()];
    for (const body of sent(1_001)) {
      const response = await hook('/hooks/k', { method: 'POST', body, duplex: 'half' } as RequestInit);
      expect([response.status, await response.text(), response.headers.get('connection')]).toEqual([413, '0', 'close']);
    }
    for (const body of sent(1_000)) {
      const response = await hook('/hooks/k', { method: 'POST', body, duplex: 'half' } as RequestInit);
      expect([response.status, await response.text()]).toEqual([200, '1000']);
    }
    expect(await writeThenRead('/hooks/k', 8_000_000)).toMatch(/^HTTP\/1\.1 413 [\s\S]*\r\n\r\n0$/);
  });

  it('sends a body too large to hold as it is read, and closes the connection when it breaks', async () => {
    const pieces = Array.from({ length: 40 }, (_, index) => Buffer.alloc(50_000, index));
    world.respond = async () => ({ status: 200, headers: { 'content-type': 'text/csv' }, body: { stream: Readable.from(pieces), bytes: 2_000_000 } });
    const response = await hook('/hooks/k');
    expect([response.status, response.headers.get('content-length'), response.headers.get('content-type')]).toEqual([200, '2000000', 'text/csv']);
    expect(Buffer.from(await response.arrayBuffer()).equals(Buffer.concat(pieces))).toBe(true);
    const broken = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.alloc(10);
      throw new Error('The disk is gone.');
    };
    world.respond = async () => ({ status: 200, body: { stream: Readable.from(broken()), bytes: 20 } });
    await expect(hook('/hooks/k').then((cut) => cut.arrayBuffer())).rejects.toThrow();
  });

  it('answers 503 when the owner is late, and 500 without details when it throws', async () => {
    world.respond = () => new Promise((resolve) => setTimeout(() => resolve({ status: 200 }), 400));
    expect((await hook('/hooks/k')).status).toBe(503);
    const stream = Readable.from(['late']);
    const closed = new Promise((resolve) => stream.once('close', resolve));
    world.respond = () => new Promise((resolve) => setTimeout(() => resolve({ status: 200, body: { stream, bytes: 4 } }), 400));
    expect((await hook('/hooks/k')).status).toBe(503);
    await closed;
    world.respond = async () => { throw new Error('secret detail'); };
    const thrown = await hook('/hooks/k');
    expect(thrown.status).toBe(500);
    expect(await thrown.text()).not.toContain('secret');
    expect(JSON.stringify(world.failures.at(-1))).toContain('secret detail');
    world.respond = async () => ({ status: 200 });
    expect((await hook('/hooks/k')).status).toBe(200);
  });

  it('refuses other methods with those it allows, malformed paths, and unknown ones', async () => {
    const put = await hook('/hooks/k', { method: 'PUT', body: 'x' });
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, POST']);
    expect((await hook('/hooks/k', { method: 'HEAD' })).status).toBe(405);
    expect((await hook('/hooks/%E0%A4%A')).status).toBe(400);
    for (const path of ['/hooks/', '/hooks/k/', '/hooks', '/nowhere']) {
      expect([path, (await hook(path)).status]).toEqual([path, 404]);
    }
    const metrics = await (await hook('/api/monitoring/metrics')).text();
    expect(metrics).toContain('route="/hooks/:key",status="405"');
    expect(metrics).not.toContain('route="/hooks/k');
  });

  it('refuses to start when two routes claim one path', async () => {
    const declarations = [HOOK, { ...HOOK, name: 'again', path: '/hooks/:other' }];
    const twice = { declarations, port: () => ({ handle: world.respond }) };
    await expect(world.gateway({ routes: twice })).rejects.toThrow('"hook" and "again" both claim');
  });
});
