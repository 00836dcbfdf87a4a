// Addresses of strangers: what is called, what is not, and that a name is judged by where it leads when it is called.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { AddressRefused, checkPublicUrl, isPublicAddress, publicFetch } from './public-address.js';

let server: Server;
let origin: string;
const seen: string[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part)).on('end', () => {
      seen.push(`${request.method} ${request.url} ${Buffer.concat(parts).toString()} ${request.headers['accept-encoding']}`);
      if (request.url === '/moved') response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end();
      else if (request.url === '/nothing') response.writeHead(204).end();
      else if (request.url === '/silent') response.writeHead(200).write('a');
      else response.writeHead(200, { 'content-type': 'text/plain' }).end('hello');
    });
  });
  await new Promise<void>((done) => { server.listen(0, '127.0.0.1', done); });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((done) => {
  server.closeAllConnections();
  server.close(done);
}));

const causeOf = (call: Promise<unknown>): Promise<unknown> => call.then(() => 'answered', (error: Error) => error.cause);

it.each([
  ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.2.1', '192.168.1.1', '198.18.0.1', '224.0.0.1', '255.255.255.255'],
  ...['::', '::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '64:ff9b::7f00:1', '100::1', 'fc00::1', 'fe80::1', 'ff02::1', '2001:db8::1', '2002:7f00:1::', '2001::1', 'localhost', '', '1.2.3'],
])('%j is no address of the public internet', (ip) => expect(isPublicAddress(ip)).toBe(false));

it.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '223.255.255.255', '2606:4700::1111', '2a00:1450::1'])('%j is one', (ip) => expect(isPublicAddress(ip)).toBe(true));

it.each([
  'http://example.com/', 'ftp://example.com/', 'file:///etc/passwd', 'https://user:secret@example.com/', 'https://user@example.com/', 'https://localhost/', 'https://metadata/',
  'https://metadata.google.internal/', 'https://printer.local/', 'https://127.0.0.1/', 'https://2130706433/', 'https://0x7f.1/', 'https://[::1]/', 'https://[::ffff:10.0.0.1]/', 'https://10.0.0.1:8443/',
])('%s is not called', (url) => {
  expect(() => checkPublicUrl(new URL(url))).toThrow(AddressRefused);
});

it('https of a name or a public address may be called, and whatever the operator has configured, by its whole origin', () => {
  for (const url of ['https://example.com/a?b', 'https://1.1.1.1:8443/', 'https://[2606:4700::1111]/']) expect(() => checkPublicUrl(new URL(url))).not.toThrow();
  expect(() => checkPublicUrl(new URL('http://127.0.0.1:99/a'), ['http://127.0.0.1:99'])).not.toThrow();
  expect(() => checkPublicUrl(new URL('http://127.0.0.1:98/a'), ['http://127.0.0.1:99'])).toThrow(AddressRefused);
});

describe('a call', () => {
  it('to what the operator has configured is answered as by fetch, and follows no redirect', async () => {
    const fetch = publicFetch({ trusted: [origin] });
    const answer = await fetch(`${origin}/a`, { method: 'POST', body: 'words', headers: { 'content-type': 'text/plain' } });
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([200, 'text/plain', 'hello']);
    const moved = await fetch(`${origin}/moved`);
    expect([moved.status, moved.headers.get('location')]).toEqual([302, 'http://169.254.169.254/latest']);
    expect((await fetch(`${origin}/nothing`)).status).toBe(204);
    expect(seen).toEqual(['POST /a words identity', 'GET /moved  identity', 'GET /nothing  identity']);
  });

  it('to a name that leads in here does not leave, whichever name of several is asked and however it looked before', async () => {
    const before = seen.length;
    const asked: string[] = [];
    const fetch = publicFetch({
      resolver: (hostname, _options, done) => {
        asked.push(hostname);
        done(null, [{ address: '127.0.0.1', family: 4 }, { address: 'fd00::1', family: 6 }]);
      },
    });
    expect(await causeOf(fetch(`https://rebound.example.com:${new URL(origin).port}/a`))).toBeInstanceOf(AddressRefused);
    expect(await causeOf(publicFetch()(`${origin}/a`))).toBeInstanceOf(AddressRefused);
    expect([asked, seen.length]).toEqual([['rebound.example.com'], before]);
  });

  it('to a name nobody knows, or one where nobody listens, says so as fetch does', async () => {
    const unknown = publicFetch({ resolver: (_name, _options, done) => done(Object.assign(new Error('none'), { code: 'ENOTFOUND' }), []) });
    expect(await causeOf(unknown('https://nowhere.example.com/'))).toMatchObject({ code: 'ENOTFOUND' });
    const nobody = 'http://127.0.0.1:1';
    expect(await causeOf(publicFetch({ trusted: [nobody] })(nobody))).toMatchObject({ code: 'ECONNREFUSED', syscall: 'connect' });
  });

  it('ends when its signal does, also in the middle of an answer', async () => {
    const fetch = publicFetch({ trusted: [origin] });
    await expect(fetch(`${origin}/a`, { signal: AbortSignal.abort(new Error('stopped')) })).rejects.toThrow('stopped');
    const ending = new AbortController();
    const answer = await fetch(`${origin}/silent`, { signal: ending.signal });
    const reading = answer.text();
    ending.abort();
    await expect(reading).rejects.toThrow();
  });

  it('ends so too when all that was made for it has been cleared away meanwhile', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const fetch = publicFetch({ trusted: [origin] });
    const ending = new AbortController();
    const reading = (await fetch(`${origin}/silent`, { signal: AbortSignal.any([ending.signal, AbortSignal.timeout(60_000)]) })).text().then(() => 'read', () => 'ended');
    for (let turn = 0; turn < 5; turn += 1) {
      collect();
      await new Promise(setImmediate);
    }
    ending.abort();
    expect(await reading).toBe('ended');
  });
});
