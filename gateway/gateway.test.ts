// The gateway over HTTP, as a client meets it: a real listener over two real subgraphs.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import { createConnection } from 'node:net';
import { until } from '../test/kit/until.js';
import type { Gateway } from './server.js';
import { startWorld } from './two-subgraphs.fixture.js';
import { TENANT, ask, firstError, type World } from './world.fixture.js';

let world: World;
let gateway: Gateway;

beforeAll(async () => {
  world = startWorld();
  gateway = await world.gateway();
});
afterAll(() => world.stop());
afterEach(() => {
  world.authenticationFails = false;
  world.ready = true;
});

const PERSON = '{ person(id: "1") { name friend { name orders { number } } orders { number } } }';
const expectedPerson = {
  person: { name: 'Ada', friend: { name: 'Ben', orders: [] }, orders: [{ number: 11 }, { number: 12 }] },
};

describe('federated operations', () => {
  it('joins two subgraphs in one answer', async () => {
    const { status, body } = await ask(gateway, PERSON);
    expect(body).toEqual({ data: expectedPerson });
    expect(status).toBe(200);
  });

  it('answers GET with the preflight header, and refuses a mutation over GET', async () => {
    const get = (query: string) => fetch(`${gateway.url}/graphql?query=${encodeURIComponent(query)}`, {
      headers: { 'apollo-require-preflight': 'yes' },
    });
    expect(await (await get('{ orderCount }')).json()).toEqual({ data: { orderCount: 3 } });
    const mutation = await get('mutation { rename(id: "2", name: "Eve") { name } }');
    expect(mutation.status).toBe(405);
    expect((await ask(gateway, '{ person(id: "2") { name } }')).body.data).toEqual({ person: { name: 'Ben' } });
  });

  it('sends a browser that only looks to the playground', async () => {
    const looked = await fetch(`${gateway.url}/graphql`, { headers: { accept: 'text/html' }, redirect: 'manual' });
    expect([looked.status, looked.headers.get('location')]).toEqual([302, '/playground']);
  });

  it('lets introspection in', async () => {
    const { body } = await ask(gateway, getIntrospectionQuery());
    expect(body.errors).toBeUndefined();
    expect(body.data?.['__schema']).toMatchObject({ queryType: { name: 'Query' } });
    expect(JSON.stringify(body)).not.toContain('nodeKey');
  });

  it('refuses subscriptions over HTTP with a reason, also ones that graphql-js cannot validate', async () => {
    const plain = await ask(gateway, 'subscription { refused }');
    expect(plain.body.errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', reason: 'SUBSCRIPTION_OVER_HTTP' });
    const conditional = await ask(gateway, 'subscription ($s: Boolean!) { refused @skip(if: $s) }');
    expect(conditional.status).toBe(400);
    expect(conditional.body.errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
  });
});

describe('the caller', () => {
  const CALLER = '{ caller { kind tenant permissions } }';

  it('is anonymous without a credential and the session\'s user with one', async () => {
    expect((await ask(gateway, CALLER)).body.data).toEqual({ caller: { kind: 'anonymous', tenant: null, permissions: [] } });
    const { authorization } = await world.signIn({ permissions: ['person:read', 'x:y'] });
    expect((await ask(gateway, CALLER, { authorization })).body.data)
      .toEqual({ caller: { kind: 'user', tenant: TENANT, permissions: ['person:read', 'x:y'] } });
  });

  it.each([
    ['forged', async () => `${(await world.signIn()).authorization.slice(0, -8)}AAAAAAAA`, 'invalid'],
    ['not a bearer token', async () => 'Basic YTpi', 'invalid'],
    ['unsigned', async () => {
      const [, payload] = (await world.signIn()).token.split('.');
      return `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.x`;
    }, 'invalid'],
    ['expired', async () => (await world.signIn({ expiresIn: -5 })).authorization, 'expired'],
    ['for another audience', async () => (await world.signIn({ audience: 'other' })).authorization, 'invalid'],
    ['signed with an unknown key', async () => (await world.signIn({ kid: 'two' })).authorization, 'invalid'],
    ['revoked', async () => {
      const { session, authorization } = await world.signIn();
      world.sessions.set(session, { ok: false, reason: 'revoked' });
      return authorization;
    }, 'revoked'],
  ])('is refused with 401 when the credential is %s', async (_name, credential, reason) => {
    const { status, headers, body } = await ask(gateway, CALLER, { authorization: await credential() });
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toContain('Bearer');
    expect(body.data).toBeUndefined();
    expect(body.errors?.[0]?.extensions).toEqual({ code: 'UNAUTHENTICATED', reason });
  });

  it('is not anonymous when identity does not answer', async () => {
    const { authorization } = await world.signIn();
    world.authenticationFails = true;
    const { status, body } = await ask(gateway, CALLER, { authorization });
    expect(status).toBe(503);
    expect(body.errors?.[0]?.extensions).toEqual({ code: 'INTERNAL', reference: expect.any(String) });
    world.authenticationFails = false;
    expect((await ask(gateway, CALLER, { authorization })).body.data).toMatchObject({ caller: { kind: 'user' } });
  });

  it('is checked with identity once, however many calls', async () => {
    const { authorization } = await world.signIn();
    const before = world.sessionChecks;
    const all = await Promise.all(Array.from({ length: 20 }, () => ask(gateway, CALLER, { authorization })));
    expect(all.every(({ body }) => body.errors === undefined)).toBe(true);
    expect(world.sessionChecks - before).toBe(1);
  });

  it('cannot send a signed actor of its own', async () => {
    const { body } = await ask(gateway, CALLER, { headers: { 'x-switchboard-actor': 'e30.AAAA' } });
    expect(body.data).toMatchObject({ caller: { kind: 'anonymous' } });
  });
});

describe('errors', () => {
  it('masks what a subgraph did not publish, and logs it under the reference', async () => {
    const { status, body } = await ask(gateway, '{ broken orderCount }', { headers: { 'x-correlation-id': 'trace-1' } });
    expect(status).toBe(200);
    expect(body.data).toEqual({ broken: null, orderCount: 3 });
    const reference = body.errors?.[0]?.extensions['reference'];
    expect(body.errors).toEqual([
      { message: 'Something went wrong on our side.', path: ['broken'], extensions: { code: 'INTERNAL', reference } },
    ]);
    expect(JSON.stringify(body)).not.toMatch(/hunter2|people|stack/);
    const logged = world.failures.find((line) => line['reference'] === reference);
    expect(logged).toMatchObject({ correlationId: 'trace-1', subgraph: 'people' });
    expect(JSON.stringify(logged)).toContain('stack trace');
  });

  it('passes a published code with its fields only', async () => {
    const { body } = await ask(gateway, '{ guarded orderCount }');
    expect(body).toEqual({
      data: { guarded: null, orderCount: 3 },
      errors: [{ message: 'This needs the permission person:read.', path: ['guarded'], extensions: { code: 'FORBIDDEN', permission: 'person:read' } }],
    });
  });

  it('never suggests names', async () => {
    for (const query of ['{ orderCont }', '{ person(idd: "1") { name } }', '{ person(id: "1") }', 'fragment F on Persn { name } { ...F }']) {
      const { status, body } = await ask(gateway, query);
      expect(status).toBe(400);
      expect(body.errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', reason: 'GRAPHQL_VALIDATION_FAILED' });
      expect(JSON.stringify(body)).not.toMatch(/Did you mean/i);
    }
    const variables = await ask(gateway, 'query ($l: Level!) { echo(level: $l) }', { variables: { l: 'HIGHT' } });
    expect([variables.status, variables.body.errors?.[0]?.extensions['code']]).toEqual([400, 'BAD_USER_INPUT']);
    expect(JSON.stringify(variables.body)).not.toMatch(/Did you mean/i);
    const right = await ask(gateway, 'query ($l: Level!) { echo(level: $l) }', { variables: { l: 'HIGH' } });
    expect(right.body).toEqual({ data: { echo: 'HIGH' } });
  });

  it('says what is wrong with syntax, operation name and body', async () => {
    const syntax = await ask(gateway, '{ orderCount ');
    expect(syntax.body.errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', reason: 'GRAPHQL_PARSE_FAILED' });
    const send = (body: string, type = 'application/json') =>
      fetch(`${gateway.url}/graphql`, { method: 'POST', headers: { 'content-type': type }, body });
    const named = await send(JSON.stringify({ query: 'query A { orderCount }', operationName: 'B' }));
    expect([named.status, firstError(await named.json())?.extensions['reason']]).toEqual([400, 'OPERATION_RESOLUTION_FAILURE']);
    for (const body of ['{', '[]', '"x"', '{}', '[{"query":"{ orderCount }"}]']) {
      const refused = await send(body);
      expect([body, refused.status]).toEqual([body, 400]);
      expect(firstError(await refused.json())?.extensions['code']).toBe('BAD_USER_INPUT');
    }
  });
});

describe('node', () => {
  const NODES = `query ($a: ID!, $no: Boolean = false) {
    first: node(id: $a) { __typename ... on Parcel { weight } }
    ...Second
    ... on Query @skip(if: $no) { nodes(ids: [$a, "1", "nobody", "parcel-of-another-tenant"]) { __typename id } }
  }
  fragment Second on Query { second: node(id: "1") { _nodeId: __typename ... on Person { name } } }`;

  it('asks the owner, strips what it added, and does not touch what the client aliased alike', async () => {
    const { authorization } = await world.signIn();
    const { body } = await ask(gateway, NODES, { authorization, variables: { a: 'parcel-1' } });
    expect(body).toEqual({
      data: {
        first: { __typename: 'Parcel', weight: 7 },
        second: { _nodeId: 'Person', name: 'Ada' },
        nodes: [{ __typename: 'Parcel', id: 'parcel-1' }, { __typename: 'Person', id: '1' }, null, null],
      },
    });
  });

  it('is null for an id its owner does not show, exactly as for one that does not exist', async () => {
    const { authorization } = await world.signIn();
    const document = 'query ($id: ID!) { node(id: $id) { __typename } }';
    const node = async (id: string) => (await ask(gateway, document, { authorization, variables: { id } })).body;
    expect(await node('parcel-1')).toEqual({ data: { node: { __typename: 'Parcel' } } });
    expect(await node('parcel-of-another-tenant')).toEqual({ data: { node: null } });
    expect(await node('nobody')).toEqual({ data: { node: null } });
  });

  it('is left out when skipped', async () => {
    const { body } = await ask(gateway, 'query ($no: Boolean!) { orderCount node(id: "1") @skip(if: $no) { id } }', { variables: { no: true } });
    expect(body).toEqual({ data: { orderCount: 3 } });
  });
});

describe('the process', () => {
  it('carries a correlation id through, and replaces a harmful one', async () => {
    const given = await ask(gateway, '{ orderCount }', { headers: { 'x-correlation-id': 'my.id_1-2' } });
    expect(given.headers.get('x-correlation-id')).toBe('my.id_1-2');
    expect(world.fetches.at(-1)?.headers['x-correlation-id']).toBe('my.id_1-2');
    const harmful = await ask(gateway, '{ orderCount }', { headers: { 'x-correlation-id': 'a b' } });
    expect(harmful.headers.get('x-correlation-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([['tlh, pt-BR;q=0.9, en;q=0.5', 'pt-BR'], ['xx-nowhere', undefined], ['*', undefined]])('hands on of the languages %s the locale %s', async (accepted, locale) => {
    await ask(gateway, '{ orderCount }', { headers: { 'accept-language': accepted } });
    expect(world.fetches.at(-1)?.headers['accept-language']).toBe(locale);
  });

  it('sets security headers', async () => {
    const { headers } = await ask(gateway, '{ orderCount }');
    expect(headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('serves the playground with a policy of its own, and nothing else there', async () => {
    const playing = await world.gateway({
      playground: (request, response) => {
        if (request.url !== '/playground') return false;
        response.setHeader('content-security-policy', "default-src 'self'").end('<html></html>');
        return true;
      },
    });
    const page = await fetch(`${playing.url}/playground`);
    expect([await page.text(), page.headers.get('content-security-policy')]).toEqual(['<html></html>', "default-src 'self'"]);
    expect((await fetch(`${playing.url}/playground.js`)).status).toBe(404);
  });

  it('reports health, readiness and metrics', async () => {
    const status = async (path: string) => (await fetch(gateway.url + path)).status;
    expect(await status('/api/health')).toBe(200);
    world.ready = false;
    expect([await status('/api/health'), await status('/api/ready'), await status('/api/health/database')]).toEqual([503, 503, 200]);
    const metrics = await (await fetch(`${gateway.url}/api/monitoring/metrics`)).text();
    expect(metrics).toContain('switchboard_http_request_seconds_count{route="/graphql",status="200"}');
    expect(metrics).toContain('switchboard_subgraph_fetch_seconds_count{subgraph="shop"}');
  });

  it('says in one sentence that its port is taken', async () => {
    await expect(world.gateway({ port: gateway.port }))
      .rejects.toThrow(new RegExp(`^Port ${gateway.port} is already in use on 127\\.0\\.0\\.1: .*PORT`));
  });

  it('refuses a supergraph with a subgraph it does not have', async () => {
    await expect(world.gateway({ subgraphs: {} })).rejects.toThrow('which this gateway was not given');
  });

  it('drains: what runs ends, nothing new is accepted, idle connections are closed', async () => {
    const draining = await world.gateway();
    const running = ask(draining, '{ slow(milliseconds: 400) }');
    const idle = createConnection(draining.port, '127.0.0.1');
    await new Promise((resolve) => idle.once('connect', resolve));
    const idleClosed = new Promise((resolve) => idle.once('close', resolve));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const started = Date.now();
    const drained = draining.drain();
    await until(() => fetch(`${draining.url}/api/health`).then(() => false, () => true), 'it accepts no more');
    expect((await running).body).toEqual({ data: { slow: 'done' } });
    await Promise.all([drained, idleClosed, draining.drain()]);
    expect(Date.now() - started).toBeLessThan(3_000);
  });
});
