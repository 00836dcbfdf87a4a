// One contract for subgraphs in the gateway's process and behind HTTP: a client, and the gateway, cannot tell which it is.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { ACTOR_HEADER, CORRELATION_HEADER, anonymous, generateActorKeys, signActor, systemActor } from '../../subgraphs/kernel/base/actor.js';
import { BodyTooLarge } from '../../subgraphs/kernel/base/http.body.js';
import { ClientGone } from '../../subgraphs/kernel/base/http.exchange.js';
import type { RouteDeclaration, SubgraphPort, SubgraphResult, SubgraphStream } from '../../subgraphs/kernel/base/subgraph-port.js';
import { until } from '../../test/kit/until.js';
import type { Gateway } from '../server.js';
import { startWorld } from '../two-subgraphs.fixture.js';
import { ask, TENANT, type Response, type World } from '../world.fixture.js';
import { serveWorld, type ServedWorld } from './served-world.fixture.js';

const HOOK: RouteDeclaration = {
  name: 'hook', subgraph: 'shop', method: 'POST', path: '/hooks/:key', auth: 'signature', maxBytes: 200_000, timeoutMs: 1_000,
};
const UPLOAD: RouteDeclaration = { ...HOOK, name: 'upload', method: 'PUT', path: '/uploads/:key', streamMs: 5_000 };
const UNSIGNED = { errors: [{ message: 'This call carries no valid signed actor.', extensions: { code: 'UNAUTHENTICATED' } }] };

describe.each(['in one process', 'over HTTP'])('subgraphs %s', (where) => {
  let world: World;
  let served: ServedWorld | null = null;
  let gateway: Gateway;
  let people: SubgraphPort;

  beforeAll(async () => {
    world = startWorld();
    world.routes.push(UPLOAD, HOOK, { ...HOOK, name: 'verify', method: 'GET', auth: 'public', maxBytes: 0 });
    if (where === 'over HTTP') served = await serveWorld(world);
    gateway = await world.gateway(served?.options);
    people = (served?.ports ?? world.ports)['people'] as SubgraphPort;
  });
  afterAll(async () => {
    await world.stop();
    await served?.stop();
  });

  const headers = (token = signActor(anonymous('::1', null), world.actorKeys.privateKey, new Date())): Record<string, string> =>
    ({ [ACTOR_HEADER]: token, [CORRELATION_HEADER]: 'trace-1' });
  const opened = async (query: string): Promise<SubgraphStream> => {
    const stream = await people.subscribe({ query, headers: headers() });
    if (!(Symbol.asyncIterator in stream)) throw new Error(`Refused: ${JSON.stringify(stream)}`);
    return stream;
  };

  describe('operations', () => {
    it('join both, with variables, as the caller and under the correlation id', async () => {
      const { authorization, sub } = await world.signIn({ permissions: ['é:ü'] });
      const query = 'query ($id: ID!, $l: Level!) { person(id: $id) { name orders { number } askedBy } caller { permissions } echo(level: $l) }';
      const answer = await ask(gateway, query, { authorization, variables: { id: '1', l: 'HIGH' }, headers: { [CORRELATION_HEADER]: 'trace-2' } });
      expect(answer.body).toEqual({
        data: { person: { name: 'Ada', orders: [{ number: 11 }, { number: 12 }], askedBy: sub }, caller: { permissions: ['é:ü'] }, echo: 'HIGH' },
      });
      expect(world.fetches.slice(-2).map((fetch) => fetch.headers[CORRELATION_HEADER])).toEqual(['trace-2', 'trace-2']);
      expect(Object.keys(world.fetches.at(-1)?.headers ?? {}).sort()).toEqual([CORRELATION_HEADER, ACTOR_HEADER]);
    });

    it('run a mutation once, and bring its error with code, path and extensions', async () => {
      const renamed = await ask(gateway, 'mutation { rename(id: "2", name: "Zoë \u0000\u{1F600}") { name } }');
      expect(renamed.body).toEqual({ data: { rename: { name: 'Zoë \u0000\u{1F600}' } } });
      const before = world.fetches.length;
      const refused = await ask(gateway, 'mutation { locked: lock(id: "1") { name } }');
      expect(refused.body).toEqual({
        data: { locked: null },
        errors: [{ message: 'This needs the permission person:lock.', path: ['locked'], extensions: { code: 'FORBIDDEN', permission: 'person:lock' } }],
      });
      expect(world.fetches.length - before).toBe(1);
    });

    it('mask what nobody expected', async () => {
      const { body } = await ask(gateway, '{ broken orderCount }');
      expect(body.data).toEqual({ broken: null, orderCount: 3 });
      expect(body.errors).toEqual([
        { message: 'Something went wrong on our side.', path: ['broken'], extensions: { code: 'INTERNAL', reference: expect.any(String) } }]);
    });

    it('ask what the caller\'s tenant has set, and whose pages may call', async () => {
      const { authorization } = await world.signIn();
      const CALLER = '{ caller { kind } }';
      const preflight = () => fetch(`${gateway.url}/graphql`, { method: 'OPTIONS', headers: { origin: 'https://app.test', 'access-control-request-method': 'POST' } });
      expect([(await preflight()).status, (await ask(gateway, CALLER, { authorization })).status]).toEqual([403, 200]);
      world.set(TENANT, { ipDeny: ['127.0.0.1'], origins: ['https://app.test'] });
      await until(async () => (await ask(gateway, CALLER, { authorization })).status === 403, 'the list holds');
      expect((await preflight()).status).toBe(204);
      world.set(TENANT, {});
      await until(async () => (await ask(gateway, CALLER, { authorization })).status === 200, 'the list is gone');
    });

    it('ask identity who the caller is', async () => {
      const { authorization, session } = await world.signIn();
      const CALLER = '{ caller { kind } }';
      expect((await ask(gateway, CALLER, { authorization })).body).toEqual({ data: { caller: { kind: 'user' } } });
      world.change(session, { ok: false, reason: 'revoked' });
      await until(async () => (await ask(gateway, CALLER, { authorization })).status === 401, 'the session is checked again');
      world.authenticationFails = true;
      expect((await ask(gateway, CALLER, { authorization: (await world.signIn()).authorization })).status).toBe(503);
      world.authenticationFails = false;
    });
  });

  describe('the signed actor', () => {
    const forged = generateActorKeys().privateKey;
    it.each<[string, () => Record<string, string>]>([
      ['absent', () => ({})],
      ['empty', () => headers('')],
      ['forged', () => headers(signActor(systemActor(null), forged, new Date()))],
      ['expired', () => headers(signActor(systemActor(null), world.actorKeys.privateKey, new Date(Date.now() - 31_000)))],
      ['cut short', () => headers(headers()[ACTOR_HEADER]?.slice(0, -9))],
    ])('is required: %s', async (_why, bad) => {
      for (const query of ['{ caller { kind } }', 'mutation { rename(id: "1", name: "x") { name } }']) {
        expect(await people.execute({ query, headers: bad() })).toEqual(UNSIGNED);
      }
      expect(await people.subscribe({ query: 'subscription { ticks(count: 1) { index } }', headers: bad() })).toEqual(UNSIGNED);
      expect(await people.execute({ query: '{ caller { kind } person(id: "1") { name } }', headers: headers() }))
        .toEqual({ data: { caller: { kind: 'anonymous' }, person: { name: 'Ada' } } });
    });
  });

  describe('a live stream', () => {
    const RENAMED = 'subscription { renamed(id: "1") { name } }';
    const event = (name: string): SubgraphResult => ({ data: { renamed: { name } } });

    it('is listening when it is there, and brings every event in order', async () => {
      const stream = await opened(RENAMED);
      const names = Array.from({ length: 50 }, (_, index) => `name ${index}`);
      for (const name of names) world.emitter.emit('renamed 1', { renamed: { __typename: 'Person', id: '1', name } });
      const heard: unknown[] = [];
      for (let index = 0; index < names.length; index += 1) heard.push((await stream.next()).value);
      expect(heard).toEqual(names.map(event));
      await stream.return?.();
    });

    it('ends at once with return(), at its owner too, while a next() waits', async () => {
      const stream = await opened('subscription { renamed(id: "silent") { name } }');
      const pending = stream.next();
      const closed = once(world.emitter, 'upstream closed');
      expect(await stream.return?.()).toEqual({ done: true, value: undefined });
      expect(await pending).toEqual({ done: true, value: undefined });
      await closed;
      expect(await stream.next()).toEqual({ done: true, value: undefined });
    });

    it('ends with its owner', async () => {
      const heard: SubgraphResult[] = [];
      for await (const result of await opened('subscription { ticks(count: 3) { index } }')) heard.push(result);
      expect(heard).toEqual([0, 1, 2].map((index) => ({ data: { ticks: { index } } })));
    });

    it('is refused in the words of its owner, and others live on', async () => {
      const other = await opened(RENAMED);
      expect(await people.subscribe({ query: 'subscription { refused }', headers: headers() })).toMatchObject({
        errors: [{ message: 'This needs the permission person:watch.', path: ['refused'], extensions: { code: 'FORBIDDEN', permission: 'person:watch' } }] });
      world.emitter.emit('renamed 1', { renamed: { __typename: 'Person', id: '1', name: 'still' } });
      expect((await other.next()).value).toEqual(event('still'));
      await other.return?.();
    });

    it('fails after what came before, and tells a client nothing of it', async () => {
      const stream = await opened('subscription { failing }');
      expect((await stream.next()).value).toEqual({ data: { failing: 'first' } });
      await expect(stream.next()).rejects.toThrow();
      expect(await stream.next()).toEqual({ done: true, value: undefined });
      const client = world.socket(gateway);
      const seen = await new Promise<unknown>((resolve) => {
        client.subscribe<Response>({ query: 'subscription { failing }' }, { next: () => undefined, error: resolve, complete: () => resolve('complete') });
      });
      expect(seen).toEqual([{ message: 'Something went wrong on our side.', extensions: { code: 'INTERNAL', reference: expect.any(String) } }]);
      expect(world.logged.join('')).toContain('10.0.0.7');
    });
  });

  describe('a declared route', () => {
    const send = (path: string, init?: RequestInit) => fetch(`${gateway.url}${path}`, init);
    const posted = (body: NonNullable<RequestInit['body']>, path = '/hooks/k') => send(path, { method: 'POST', body, duplex: 'half' } as RequestInit);

    it('gets the bytes, URL, address and headers as they came, and gives its own', async () => {
      const bytes = Buffer.from([...Array.from({ length: 256 }, (_, value) => value), 0xc3, 0x28, 0xed, 0xa0, 0x80, 0xff, 0xfe]);
      world.respond = async (name, { body }) => ({ status: 201, headers: { 'X-Seen': name, 'content-type': 'image/x' }, body });
      for (const body of [bytes, new Blob([bytes]).stream()]) {
        const response = await send('/hooks/a%2Fb%20%C3%A9?x=1&x=%FF', {
          method: 'POST', body, duplex: 'half',
          headers: { 'x-correlation-id': 'abc', 'x-hub-signature-256': 'sha256=00', 'content-type': 'application/octet-stream', 'x-switchboard-actor': 'mine', 'x-switchboard-route': 'mine' },
        } as RequestInit);
        expect([response.status, response.headers.get('x-seen'), response.headers.get('content-type')]).toEqual([201, 'hook', 'image/x']);
        expect(response.headers.get('x-correlation-id')).toBe('abc');
        expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
        const seen = world.handled.at(-1);
        expect(seen?.body.equals(bytes)).toBe(true);
        expect(seen).toMatchObject({ params: { key: 'a/b é' }, oversize: false, ip: '127.0.0.1', correlationId: 'abc', url: `${gateway.url}/hooks/a%2Fb%20%C3%A9?x=1&x=%FF` });
        expect(seen?.query.getAll('x')).toEqual(['1', '\ufffd']);
        const { accept, 'user-agent': agent, 'content-length': length, ...rest } = seen?.headers ?? {};
        expect([accept, agent, length]).toEqual(['*/*', 'node', body === bytes ? String(bytes.byteLength) : undefined]);
        expect(rest).toMatchObject({ host: new URL(gateway.url).host, 'content-type': 'application/octet-stream', 'x-hub-signature-256': 'sha256=00', 'x-correlation-id': 'abc' });
        expect(Object.keys(rest).filter((name) => /^(x-switchboard-|connection$|transfer-encoding$|expect$)/.test(name))).toEqual([]);
      }
    });

    it('hands over as it comes what is declared so, however it ends', async () => {
      const upload = (body: NonNullable<RequestInit['body']>, signal?: AbortSignal) => send('/uploads/k', { method: 'PUT', body, duplex: 'half', ...(signal ? { signal } : {}) } as RequestInit);
      const heard: Buffer[] = [];
      let began = (): void => undefined;
      const begun = new Promise<void>((resolve) => { began = resolve; });
      let ended: unknown = null;
      world.respond = async (_name, { body, stream, oversize }) => {
        try {
          for await (const piece of stream ?? []) {
            heard.push(Buffer.from(piece));
            began();
          }
        } catch (error) {
          ended = error;
          if (error instanceof ClientGone) throw error;
          return { status: 413 };
        }
        return { status: 200, body: `${body.length} ${String(oversize)}` };
      };
      // The second half is sent when the first was heard.
      const response = await upload(new ReadableStream({ async pull(controller) {
        controller.enqueue(Buffer.from('first'));
        await begun;
        controller.enqueue(Buffer.from('second'));
        controller.close();
      } }));
      expect([response.status, await response.text(), String(Buffer.concat(heard))]).toEqual([200, '0 false', 'firstsecond']);
      expect((await upload(new Blob([Buffer.alloc(200_001)]).stream())).status).toBe(413);
      expect(ended).toBeInstanceOf(BodyTooLarge);
      const leaving = new AbortController();
      heard.length = 0;
      const left = upload(new ReadableStream({ pull: async (controller) => { controller.enqueue(Buffer.from('first')); await new Promise(() => undefined); } }), leaving.signal);
      await until(async () => heard.length > 0, 'the first half is heard');
      leaving.abort();
      await expect(left).rejects.toThrow();
      await until(async () => ended instanceof ClientGone, 'the owner hears that the client has gone');
      // Who answers without reading is heard.
      world.respond = async () => ({ status: 409 });
      expect((await upload(Buffer.alloc(150_000))).status).toBe(409);
    });

    it('answers without a body, and a GET', async () => {
      world.respond = async (name, { query }) => (name === 'verify' ? { status: 200, body: query.get('challenge') ?? '' } : { status: 204 });
      const empty = await send('/hooks/k', { method: 'POST' });
      expect([empty.status, await empty.text(), empty.headers.get('content-type')]).toEqual([204, '', null]);
      const verified = await send('/hooks/k?challenge=a%26b');
      expect([verified.status, await verified.text(), verified.headers.get('content-type')]).toEqual([200, 'a&b', 'text/plain; charset=utf-8']);
    });

    it('hears that a body is too large, whether its length is told or not', async () => {
      world.respond = async (_name, { oversize, body }) => ({ status: oversize ? 413 : 200, body: String(body.byteLength) });
      for (const body of [Buffer.alloc(200_001), new Blob([Buffer.alloc(200_001)]).stream(), Buffer.alloc(8_000_000), new Blob([Buffer.alloc(8_000_000)]).stream()]) {
        const response = await posted(body);
        expect([response.status, await response.text(), response.headers.get('connection')]).toEqual([413, '0', 'close']);
      }
      for (const body of [Buffer.alloc(200_000), new Blob([Buffer.alloc(200_000)]).stream()]) {
        const response = await posted(body);
        expect([response.status, await response.text()]).toEqual([200, '200000']);
      }
    });

    it('is 503 when its owner is late, and 500 without details when it throws', async () => {
      world.respond = () => new Promise((resolve) => setTimeout(() => resolve({ status: 200 }), 1_600));
      const late = await posted('x');
      expect([late.status, late.headers.get('retry-after'), await late.json()])
        .toEqual([503, '1', { error: 'INTERNAL', message: 'This took too long: try again later.' }]);
      world.respond = async () => { throw new Error('secret detail'); };
      const thrown = await posted('x');
      expect(thrown.status).toBe(500);
      expect(await thrown.text()).not.toContain('secret');
      expect(JSON.stringify(world.failures)).toContain('secret detail');
    });

    it('is not late because its client is', async () => {
      world.respond = async (_name, { body }) => ({ status: 200, body });
      const { port } = new URL(gateway.url);
      const request = httpRequest({ host: '127.0.0.1', port, path: '/hooks/k', method: 'POST', headers: { 'content-length': 6 } });
      request.write('abc');
      await new Promise((resolve) => setTimeout(resolve, 700));
      request.end('def');
      const [response] = await once(request, 'response') as [AsyncIterable<Buffer> & { statusCode: number }];
      let text = '';
      for await (const chunk of response) text += String(chunk);
      expect([response.statusCode, text]).toEqual([200, 'abcdef']);
    });

    it('is not asked when its client goes away first', async () => {
      const before = world.handled.length;
      const request = httpRequest(`${gateway.url}/hooks/k`, { method: 'POST', headers: { 'content-length': 6 } }).on('error', () => undefined);
      request.write('abc');
      await new Promise((resolve) => setTimeout(resolve, 100));
      request.destroy();
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(world.handled.length).toBe(before);
    });

    it('is 404 where none is declared, and 405 for another method', async () => {
      expect((await send('/nowhere')).status).toBe(404);
      expect((await send('/hooks/k', { method: 'PUT', body: 'x' })).status).toBe(405);
    });
  });
});
