// A drain seen from its clients: nothing that has begun is cut, everybody is told to connect anew, a shared port is never closed.
import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { until } from '../../../test/kit/until.js';
import { Connections, listen, spread } from './http.connections.js';
import { silentLogger } from './logger.js';

interface Served { http: Server; connections: Connections; port: number; waiting: ServerResponse[] }

const open: Served[] = [];
afterEach(() => { for (const { http } of open.splice(0)) http.closeAllConnections(); });

/** Answers `/slow` when the test says so, everything else at once with `name`. */
async function serve(name: string, port = 0, portShared = false): Promise<Served> {
  const http = createServer();
  const connections = new Connections(http);
  const waiting: ServerResponse[] = [];
  http.on('request', (request, response) => {
    request.resume();
    if (request.url === '/slow') waiting.push(response);
    else response.end(name);
  });
  const place = await listen(http, { host: '127.0.0.1', port, portShared }, silentLogger);
  const served = { http, connections, port: place.port, waiting };
  open.push(served);
  return served;
}

/** A connection, what came over it, and whether the server has closed it. */
async function client(port: number): Promise<{ socket: Socket; text: () => string; closed: () => boolean }> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  let closed = false;
  socket.on('data', (data) => { text += String(data); }).on('close', () => { closed = true; }).on('error', () => undefined);
  await once(socket, 'connect');
  return { socket, text: () => text, closed: () => closed };
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
const refuses = (port: number) => async (): Promise<boolean> => client(port).then(({ socket }) => { socket.destroy(); return false; }, () => true);

describe('a listener that leaves', () => {
  it('still accepts, and asks everybody to connect anew, those it is just serving too', async () => {
    const { connections, port, waiting } = await serve('it');
    const [running, idle] = [await client(port), await client(port)];
    running.socket.write(get('/slow'));
    idle.socket.write(get('/'));
    await until(async () => waiting.length === 1 && idle.text().endsWith('it'), 'one runs, one has its answer');
    expect(idle.text()).toMatch(/connection: keep-alive/i);
    connections.leave();
    waiting[0]?.end('slow');
    idle.socket.write(get('/'));
    const late = await client(port);
    late.socket.write(get('/'));
    await until(async () => [running, idle, late].every(({ closed }) => closed()), 'each is closed after its answer');
    for (const { text } of [running, idle, late]) expect(text()).toMatch(/connection: close/i);
    expect([running.text().endsWith('slow'), idle.text().endsWith('it'), late.text().endsWith('it')]).toEqual([true, true, true]);
    await connections.drain();
  });
});

describe('a listener that drains', () => {
  it('closes what is idle, but nothing between the first byte of a request and its answer', async () => {
    const { connections, port, waiting } = await serve('it');
    const [fresh, used, begun, again, running] = [await client(port), await client(port), await client(port), await client(port), await client(port)];
    running.socket.write(get('/slow'));
    for (const { socket } of [used, again]) socket.write(get('/'));
    await until(async () => waiting.length === 1 && [used, again].every(({ text }) => text().endsWith('it')), 'two have their answers, one waits');
    begun.socket.write('GET / HT');
    again.socket.write('G');
    // What is sent later on the same connections cannot overtake this: the bytes above have been read.
    const probe = await client(port);
    probe.socket.write(get('/'));
    await until(async () => probe.text() !== '', 'the bytes have come');
    const drained = connections.drain();
    await until(async () => [fresh, used, probe].every(({ closed }) => closed()), 'the idle ones are closed');
    await until(refuses(port), 'it accepts no more');
    expect([begun, again, running].map(({ closed }) => closed())).toEqual([false, false, false]);
    begun.socket.write('TP/1.1\r\nhost: x\r\n\r\n');
    again.socket.write('ET / HTTP/1.1\r\nhost: x\r\n\r\n');
    waiting[0]?.end('slow');
    await drained;
    await until(async () => [begun, again, running].every(({ closed }) => closed()), 'the others are closed');
    expect([begun, again, running].map(({ text }) => /(it|slow)$/.exec(text())?.[1])).toEqual(['it', 'it', 'slow']);
  });

  it('cuts what runs longer than its patience', async () => {
    const { connections, port, waiting } = await serve('it');
    const { socket, closed } = await client(port);
    socket.write(get('/slow'));
    await until(async () => waiting.length === 1, 'it runs');
    await connections.drain(100);
    await until(async () => closed(), 'it is cut');
  });

  it('leaves a shared port to the one that came after it', async () => {
    const old = await serve('old', 0, true);
    const next = await serve('new', old.port, true);
    await expect(listen(createServer(), { host: '127.0.0.1', port: old.port }, silentLogger)).rejects.toThrow(/^Port \d+ is already in use/);
    const ask = async (): Promise<string> => (await fetch(`http://127.0.0.1:${old.port}/`, { headers: { connection: 'close' } })).text();
    await until(async () => (await ask()) === 'new', 'the new one gets its share');
    await old.connections.drain();
    expect(await Promise.all(Array.from({ length: 20 }, ask))).toEqual(Array(20).fill('new'));
    await next.connections.drain();
  });
});

describe('what is spread', () => {
  it('reaches everybody once, in another order, and not in one moment', async () => {
    const all = Array.from({ length: 50 }, (_, index) => index);
    const reached: number[] = [];
    let others = 0;
    const first = new Promise<void>((resolve) => { setImmediate(() => { others = 50 - reached.length; resolve(); }); });
    const done = spread(all, (one) => reached.push(one));
    await first;
    expect(others).toBeGreaterThan(25);
    await done;
    expect([...reached].sort((a, b) => a - b)).toEqual(all);
    expect(reached).not.toEqual(all);
    await spread([], () => { throw new Error('nobody is there'); });
  });
});
