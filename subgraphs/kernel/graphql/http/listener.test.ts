// The listener of a subgraph as a stranger meets it: what nobody has signed is refused before it is read.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { WebSocket } from 'ws';
import { probe, type ProbeServices } from '../../../../test/kit/probe.js';
import { bootSubgraph, person, type TestSubgraph } from '../../../../test/kit/subgraph.js';
import { ACTOR_HEADER, ActorVerifier, generateActorKeys, signActor, systemActor, type Actor } from '../../base/actor.js';
import { systemClock } from '../../base/clock.js';
import { newId } from '../../base/ids.js';
import { silentLogger } from '../../base/logger.js';
import { ROUTE_HEADER, ROUTE_REFUSED_HEADER, signRoute, type RouteClaims } from '../../base/route.token.js';
import type { AuthenticatePort, Authentication, RouteRequest, SubgraphResult } from '../../base/subgraph-port.js';
import { serveSubgraph, type SubgraphListener } from './listener.js';

const UNSIGNED = { errors: [{ message: 'This call carries no valid signed actor.', extensions: { code: 'UNAUTHENTICATED' } }] };
const reader = person(newId(), ['note:read']);
const claims: RouteClaims = { subgraph: 'probe', route: 'hook', params: { key: 'k' }, url: 'https://example.test/hooks/k', ip: '192.0.2.1', correlationId: 'c-1' };
const session: Authentication = { ok: false, reason: 'revoked' };
const authenticate: AuthenticatePort = {
  session: async (id) => (id === 'broken' ? Promise.reject(new Error('the secret cause')) : session),
  apiKey: async () => ({ ok: false, reason: 'invalid' }),
  delegation: async () => ({ ok: false, reason: 'invalid' }),
  changes: async () => ({ cursor: '', changes: null }),
  jwks: async () => ({ keys: [{ kid: 'one' }] }),
};

let subgraph: TestSubgraph<ProbeServices>;
let listener: SubgraphListener;
let ready = true;
const handled: RouteRequest[] = [];
const stranger = generateActorKeys().privateKey;

const listen = (port: number, extra = {}): Promise<SubgraphListener> => serveSubgraph({
  ...subgraph.running,
  routes: {
    declarations: [{ name: 'hook', subgraph: 'probe', method: 'POST', path: '/hooks/:key', auth: 'signature', maxBytes: 10, timeoutMs: 1_000 }],
    port: {
      handle: async (_name, request) => {
        handled.push(request);
        return { status: 202, body: 'taken' };
      },
    },
  },
}, {
  host: '127.0.0.1', port, verifier: new ActorVerifier(subgraph.keys.publicKey), clock: systemClock, logger: silentLogger,
  health: { ready: async () => [{ name: 'probe', ok: ready }], database: async () => [{ name: 'probe', ok: true }] }, extra,
});

beforeAll(async () => {
  subgraph = await bootSubgraph(probe);
  listener = await listen(0, { authenticate });
});
afterAll(async () => {
  await listener?.drain();
  await subgraph?.close();
});

const signed = (actor: Actor = reader, key = subgraph.keys.privateKey, at = new Date()): Record<string, string> => ({ [ACTOR_HEADER]: signActor(actor, key, at) });
const routed = (changed: Partial<RouteClaims> = {}, key = subgraph.keys.privateKey, at = new Date()): Record<string, string> =>
  ({ [ROUTE_HEADER]: signRoute({ ...claims, ...changed }, key, at) });
const get = (path: string, headers: Record<string, string> = {}) => fetch(listener.url + path, { headers });
const post = (path: string, body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}) => fetch(listener.url + path, { method: 'POST', body, headers });
const halfMinuteAgo = (): Date => new Date(Date.now() - 31_000);

describe('POST /graphql', () => {
  const NOTES = JSON.stringify({ query: '{ notes { nodes { id } } }' });

  it('answers a signed actor', async () => {
    const response = await post('/graphql', NOTES, { ...signed(), 'x-correlation-id': 'mine' });
    expect([response.status, response.headers.get('x-correlation-id'), await response.json()]).toEqual([200, 'mine', { data: { notes: { nodes: [] } } }]);
  });

  it.each<[string, () => Record<string, string>]>([
    ['nothing', () => ({})],
    ['a forged actor', () => signed(reader, stranger)],
    ['an expired actor', () => signed(reader, subgraph.keys.privateKey, halfMinuteAgo())],
    ['a route token', () => ({ [ACTOR_HEADER]: routed()[ROUTE_HEADER] ?? '' })],
  ])('refuses %s with 401, also for what it could not have read', async (_what, headers) => {
    for (const body of [NOTES, 'no json', Buffer.alloc(9_000_000)]) {
      const response = await post('/graphql', body, headers());
      expect([response.status, await response.json()]).toEqual([401, UNSIGNED]);
    }
  });

  it('refuses before it waits for the body', async () => {
    const request = httpRequest(`${listener.url}/graphql`, { method: 'POST', headers: { 'content-length': 100 } }).on('error', () => undefined);
    request.flushHeaders();
    const [response] = await once(request, 'response') as [{ statusCode: number }];
    expect(response.statusCode).toBe(401);
    request.destroy();
  });

  it.each<[number, string | Buffer]>([
    [400, 'no json'], [400, '[]'], [400, '{}'], [400, '{"query":1}'], [400, '{"query":"{ x }","variables":[]}'], [400, Buffer.from([0x22, 0xff, 0x22])],
    [413, Buffer.alloc(8 * 1024 * 1024 + 1)],
  ])('answers %d to what is no operation', async (status, body) => {
    expect((await post('/graphql', body, signed())).status).toBe(status);
  });

  it('answers nothing but POST', async () => {
    const response = await get('/graphql', signed());
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

describe('a socket', () => {
  const attempt = async (headers: Record<string, string>, path = '/graphql'): Promise<number> => {
    const socket = new WebSocket(`${listener.url.replace('http', 'ws')}${path}`, 'graphql-transport-ws', { headers });
    const opened = await Promise.race([once(socket, 'open').then(() => 101), once(socket, 'unexpected-response').then(([, { statusCode }]) => Number(statusCode))]);
    socket.on('error', () => undefined).terminate();
    return opened;
  };

  it('is for the house alone, at its path alone', async () => {
    const house = systemActor(null);
    expect(await attempt(signed(house))).toBe(101);
    expect([await attempt({}), await attempt(signed(house, stranger)), await attempt(signed(house, subgraph.keys.privateKey, halfMinuteAgo())), await attempt(signed())])
      .toEqual([401, 401, 401, 401]);
    expect(await attempt(signed(house), '/other')).toBe(404);
  });

  it('believes no subscription that brings no actor of its own', async () => {
    const socket = new WebSocket(`${listener.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers: signed(systemActor(null)) });
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init' }));
    await once(socket, 'message');
    for (const extensions of [undefined, {}, signed(reader, stranger)]) {
      socket.send(JSON.stringify({ id: 'a', type: 'subscribe', payload: { query: 'subscription { notes }', extensions } }));
      const [data] = await once(socket, 'message') as [Buffer];
      expect(JSON.parse(String(data))).toEqual({ id: 'a', type: 'error', payload: UNSIGNED.errors });
    }
    socket.close();
  });
});

describe('a declared route', () => {
  it('gets what the gateway vouches for, not what the request says of itself', async () => {
    const response = await post('/elsewhere?a=1', Buffer.from([255, 0]), { ...routed(), 'x-correlation-id': 'other', 'x-forwarded-for': '203.0.113.9' });
    expect([response.status, await response.text()]).toEqual([202, 'taken']);
    expect(handled.at(-1)).toMatchObject({ params: { key: 'k' }, url: claims.url, ip: '192.0.2.1', correlationId: 'c-1', body: Buffer.from([255, 0]), oversize: false });
    expect(handled.at(-1)?.query.get('a')).toBe('1');
    const metrics = await (await get('/api/monitoring/metrics')).text();
    expect(metrics).toContain('route="/hooks/:key",status="202"');
  });

  it.each<[string, () => Record<string, string>]>([
    ['no token', () => ({})],
    ['a forged token', () => routed({}, stranger)],
    ['an expired token', () => routed({}, subgraph.keys.privateKey, halfMinuteAgo())],
    ['a token for another subgraph', () => routed({ subgraph: 'identity' })],
    ['a signed actor', () => ({ ...signed(systemActor(null)), [ROUTE_HEADER]: signed(systemActor(null))[ACTOR_HEADER] ?? '' })],
  ])('is not asked with %s', async (_what, headers) => {
    const before = handled.length;
    const response = await post('/hooks/k', 'x', headers());
    expect([response.status, response.headers.get(ROUTE_REFUSED_HEADER)]).toEqual([401, '1']);
    expect(handled.length).toBe(before);
  });

  it('is 404 when it is not declared, by name or method', async () => {
    const before = handled.length;
    expect((await post('/hooks/k', 'x', routed({ route: 'other' }))).status).toBe(404);
    expect((await get('/hooks/k', routed())).status).toBe(404);
    expect(handled.length).toBe(before);
  });

  it('hears that a body is too large', async () => {
    await post('/hooks/k', 'x'.repeat(11), routed());
    expect(handled.at(-1)).toMatchObject({ oversize: true, body: Buffer.alloc(0) });
  });
});

describe('authentication', () => {
  it('is asked by the house alone', async () => {
    const house = signed(systemActor(null));
    expect(await (await get('/internal/session/abc', house)).json()).toEqual(session);
    expect(await (await get('/internal/jwks', house)).json()).toEqual({ keys: [{ kid: 'one' }] });
    for (const path of ['/internal/session/abc', '/internal/jwks', '/internal/other']) {
      for (const headers of [{}, signed(), signed(systemActor(null), stranger)]) expect((await get(path, headers)).status).toBe(401);
    }
    expect((await get('/internal/other', house)).status).toBe(404);
    expect((await get(`/internal/session/${'a'.repeat(65)}`, house)).status).toBe(404);
    expect((await post('/internal/jwks', '', house)).status).toBe(405);
    const failed = await get('/internal/session/broken', house);
    expect([failed.status, await failed.text()]).toEqual([500, '{"error":"INTERNAL","message":"Internal error"}\n']);
  });

  it('is identity\'s alone', async () => {
    const other = await listen(0);
    expect((await fetch(`${other.url}/internal/jwks`, { headers: signed(systemActor(null)) })).status).toBe(404);
    await other.drain();
  });
});

describe('the listener', () => {
  it('tells its operator how it is', async () => {
    expect((await get('/api/health')).status).toBe(200);
    ready = false;
    expect([(await get('/api/health')).status, (await get('/api/ready')).status, (await get('/api/health/database')).status]).toEqual([503, 503, 200]);
    ready = true;
  });

  it('tells a gateway whose key it does not believe', async () => {
    const asked = async (headers: Record<string, string>): Promise<number> => (await get('/api/ready', headers)).status;
    expect([await asked({}), await asked(signed(systemActor(null))), await asked(signed(systemActor(null), stranger))]).toEqual([200, 200, 401]);
  });

  it('takes headers as long as the gateway does', async () => {
    const url = `https://example.test/hooks/k?${'x'.repeat(14_000)}`;
    expect((await post(`/hooks/k?${'x'.repeat(14_000)}`, 'x', { ...routed({ url }), cookie: 'y'.repeat(14_000) })).status).toBe(202);
  });

  it('says in one sentence that its port is taken', async () => {
    await expect(listen(listener.port)).rejects.toThrow(new RegExp(`^Port ${listener.port} is already in use on 127\\.0\\.0\\.1: .*PORT`));
  });

  it('gives an unexpected failure away to nobody', async () => {
    const failing = await serveSubgraph({ ...subgraph.running, port: { execute: async (): Promise<SubgraphResult> => { throw new Error('the secret cause'); }, subscribe: subgraph.running.port.subscribe } }, {
      host: '127.0.0.1', port: 0, verifier: new ActorVerifier(subgraph.keys.publicKey), clock: systemClock, logger: silentLogger,
      health: { ready: async () => [], database: async () => [] },
    });
    const response = await fetch(`${failing.url}/graphql`, { method: 'POST', headers: signed(), body: '{"query":"{ x }"}' });
    expect([response.status, await response.text()]).toEqual([500, '{"error":"INTERNAL","message":"Internal error"}\n']);
    await failing.drain();
  });
});
