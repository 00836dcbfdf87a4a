// Live results over HTTP as the ecosystem's clients read them, and what a client meets that asks wrongly, goes too slow or loses its rights.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { Client as UrqlClient, fetchExchange } from '@urql/core';
import { parse } from 'graphql';
import { createClient as createSseClient } from 'graphql-sse';
import type { Gateway } from '../server.js';
import { startWorld } from '../two-subgraphs.fixture.js';
import { ask, type Response as GraphResponse, type World } from '../world.fixture.js';

let world: World;
let gateway: Gateway;
let authorization: string;
let url: string;

beforeAll(async () => {
  world = startWorld();
  gateway = await world.gateway({ liveCaps: { streams: 50, streamsEach: 10, subscriptions: 60, subscriptionsEach: 25 } });
  ({ authorization } = await world.signIn());
  url = `${gateway.url}/graphql`;
});
afterAll(() => world.stop());

const MULTIPART = 'multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json';
const EVENTS = 'text/event-stream';
const RENAMED = 'subscription ($id: ID!) { renamed(id: $id) { id name orders { number } } }';
const TICKS = 'subscription { ticks(count: 3) { index } }';

const eventually = async (condition: () => boolean | Promise<boolean>, milliseconds = 5_000): Promise<void> => {
  const until = Date.now() + milliseconds;
  while (!(await condition()) && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(await condition()).toBe(true);
};
const listening = (id: string) => eventually(() => world.emitter.listenerCount(`renamed ${id}`) > 0);
const left = () => eventually(() => world.live.size === 0);
const rename = (id: string, name: string) => ask(gateway, 'mutation ($id: ID!, $name: String!) { rename(id: $id, name: $name) { name } }', { variables: { id, name } });
const person = (name: string) => ({ renamed: { id: '1', name, orders: [{ number: 11 }, { number: 12 }] } });

/** One answer, read as it comes. */
async function open(query: string, accept: string, more: { headers?: Record<string, string>; variables?: unknown; method?: 'GET' } = {}) {
  const abort = new AbortController();
  const { headers = {}, variables, method } = more;
  const response = await fetch(method === 'GET' ? `${url}?query=${encodeURIComponent(query)}` : url, {
    method: method ?? 'POST', signal: abort.signal, headers: { accept, authorization, ...(method ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(method ? {} : { body: JSON.stringify({ query, variables }) }),
  });
  const read = { text: '', ended: false, failed: false };
  const reading = (async () => {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) read.text += new TextDecoder().decode(chunk);
    read.ended = true;
  })().catch(() => { read.failed = true; });
  return { response, read, reading, abort: () => abort.abort() };
}

describe('a subscription over HTTP', () => {
  it('reaches Apollo Client 4 as multipart, completed by both subgraphs', async () => {
    const client = new ApolloClient({ link: new HttpLink({ uri: url, headers: { authorization } }), cache: new InMemoryCache() });
    const heard: unknown[] = [];
    const subscription = client.subscribe({ query: parse(RENAMED), variables: { id: '1' } }).subscribe({ next: ({ data, error }) => heard.push(error ?? data) });
    await listening('1');
    for (const name of ['Ann', 'Amy']) await rename('1', name);
    await eventually(() => heard.length === 2);
    const plain = JSON.parse(JSON.stringify(heard, (key, value: unknown) => (key === '__typename' ? undefined : value))) as unknown;
    expect(plain).toEqual([person('Ann'), person('Amy')]);
    subscription.unsubscribe();
    await left();
    client.stop();
  });

  it('reaches graphql-sse as events, and ends when the stream of its owner ends', async () => {
    const client = createSseClient({ url, headers: { authorization }, retryAttempts: 0 });
    const heard: unknown[] = [];
    for await (const { data } of client.iterate({ query: TICKS })) heard.push(data);
    expect(heard).toEqual([0, 1, 2].map((index) => ({ ticks: { index } })));
    const answers: unknown[] = [];
    for await (const { data } of client.iterate({ query: '{ orderCount }' })) answers.push(data);
    expect(answers).toEqual([{ orderCount: 3 }]);
    client.dispose();
  });

  it('reaches urql through its own fetch', async () => {
    const client = new UrqlClient({ url, exchanges: [fetchExchange], fetchSubscriptions: true, preferGetMethod: false, fetchOptions: { headers: { authorization } } });
    const heard: unknown[] = [];
    const { unsubscribe } = client.subscription(RENAMED, { id: '1' }).subscribe(({ data, error }) => heard.push(error ?? data));
    await listening('1');
    await rename('1', 'Ada');
    await eventually(() => heard.length === 1);
    expect(heard).toEqual([person('Ada')]);
    unsubscribe();
    await left();
  });

  it.each([['multipart', MULTIPART, '\r\n\r\n{}\r\n--graphql'], ['events', EVENTS, ':\n\n']])('shows life while nothing happens, as %s', async (_name, accept, heartbeat) => {
    const { response, read, abort, reading } = await open(RENAMED, accept, { variables: { id: 'quiet' } });
    expect([response.status, response.headers.get('cache-control'), response.headers.get('x-accel-buffering')]).toEqual([200, 'no-store', 'no']);
    await eventually(() => read.text.split(heartbeat).length > 1 + Number(accept === EVENTS), 8_000);
    abort();
    await reading;
    await left();
  }, 12_000);
});

describe('whoever asks wrongly', () => {
  const cases: [string, string, string, { headers?: Record<string, string>; variables?: unknown; method?: 'GET' }, number, Record<string, unknown>][] = [
    ['a plain JSON answer', TICKS, 'application/json', {}, 406, { code: 'BAD_USER_INPUT', reason: 'SUBSCRIPTION_OVER_HTTP' }],
    ['another version of the protocol', TICKS, 'multipart/mixed;subscriptionSpec=2.0', {}, 406, { code: 'BAD_USER_INPUT', reason: 'SUBSCRIPTION_OVER_HTTP' }],
    ['with a bad token', TICKS, MULTIPART, { headers: { authorization: 'Bearer nonsense' } }, 401, { code: 'UNAUTHENTICATED', reason: 'invalid' }],
    ['what its owner refuses', 'subscription { refused }', EVENTS, {}, 403, { code: 'FORBIDDEN', permission: 'person:watch' }],
    ['with a variable that is none', RENAMED, MULTIPART, { variables: { id: { a: 1 } } }, 400, { code: 'BAD_USER_INPUT' }],
    ['with variables that are a list', RENAMED, MULTIPART, { variables: [1] }, 400, { code: 'BAD_USER_INPUT', reason: 'BAD_REQUEST' }],
    ['for two things at once', 'subscription { refused failing }', EVENTS, {}, 400, { code: 'BAD_USER_INPUT', reason: 'GRAPHQL_VALIDATION_FAILED' }],
    ['too deep', `subscription { renamed(id: "1") ${'{ friend '.repeat(11)}{ name }${' }'.repeat(11)} }`, MULTIPART, {}, 400, { code: 'TOO_COSTLY', limit: 'depth' }],
    ['by a GET that any page can send', TICKS, EVENTS, { method: 'GET' }, 400, { code: 'BAD_USER_INPUT', reason: 'BAD_REQUEST' }],
    ['to change something by GET', 'mutation { rename(id: "1", name: "x") { name } }', EVENTS, { method: 'GET', headers: { 'apollo-require-preflight': 'yes' } }, 400, { code: 'BAD_USER_INPUT', reason: 'BAD_REQUEST' }],
  ];
  it.each(cases)('%s has a status and a typed error', async (_what, query, accept, more, status, extensions) => {
    const { response, read, reading } = await open(query, accept, more);
    await reading;
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch(/json/);
    const { errors } = JSON.parse(read.text) as GraphResponse;
    expect(errors?.[0]?.extensions).toEqual(extensions);
  });

  it('with a page of elsewhere in a simple request is refused before anything runs', async () => {
    const response = await fetch(url, { method: 'POST', headers: { accept: MULTIPART, 'content-type': 'text/plain' }, body: JSON.stringify({ query: TICKS }) });
    expect(response.status).toBe(400);
  });

  it('while the database of identity is away is told to try later', async () => {
    const { authorization: fresh } = await world.signIn();
    world.authenticationFails = true;
    const { response, reading } = await open(TICKS, MULTIPART, { headers: { authorization: fresh } });
    await reading;
    world.authenticationFails = false;
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  });

  it('for more streams than one may hold is refused, and served when one has ended', async () => {
    const { authorization: own } = await world.signIn();
    const all = await Promise.all(Array.from({ length: 10 }, () => open(RENAMED, EVENTS, { variables: { id: 'crowd' }, headers: { authorization: own } })));
    const beyond = await open(RENAMED, EVENTS, { variables: { id: 'crowd' }, headers: { authorization: own } });
    await beyond.reading;
    expect([beyond.response.status, (JSON.parse(beyond.read.text) as GraphResponse).errors?.[0]?.extensions]).toEqual([400, { code: 'TOO_COSTLY', limit: 'connections' }]);
    all[0]?.abort();
    await eventually(async () => {
      const again = await open(TICKS, EVENTS, { headers: { authorization: own } });
      await again.reading;
      return again.response.status === 200;
    });
    for (const one of all) one.abort();
    await left();
  });
});

describe('a client that goes away', () => {
  it('before anybody knows who it is holds nothing', async () => {
    const answers = Promise.withResolvers<void>();
    const { session } = world.authenticate;
    let asked = 0;
    world.authenticate.session = async (id) => {
      asked += 1;
      await answers.promise;
      return session(id);
    };
    const { authorization: own } = await world.signIn();
    const gone = Array.from({ length: 12 }, () => {
      const abort = new AbortController();
      const sent = fetch(url, {
        method: 'POST', signal: abort.signal, headers: { accept: EVENTS, authorization: own, 'content-type': 'application/json' }, body: JSON.stringify({ query: RENAMED, variables: { id: 'gone' } }),
      }).catch(() => null);
      return { abort, sent };
    });
    await eventually(() => asked > 0);
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (const { abort } of gone) abort.abort();
    await Promise.all(gone.map(({ sent }) => sent));
    await new Promise((resolve) => setTimeout(resolve, 100));
    answers.resolve();
    world.authenticate.session = session;
    const { response, reading } = await open(TICKS, EVENTS, { headers: { authorization: own } });
    await reading;
    expect(response.status).toBe(200);
    expect(world.live.size).toBe(0);
  });
});

describe('a stream that is open', () => {
  it.each([['multipart', MULTIPART], ['events', EVENTS]])('ends with the reason when rights change, as %s', async (_name, accept) => {
    const { authorization: own, session } = await world.signIn();
    const { read, reading } = await open(RENAMED, accept, { variables: { id: 'rights' }, headers: { authorization: own } });
    await listening('rights');
    world.change(session, { ok: false, reason: 'revoked' });
    await reading;
    expect(read.ended).toBe(true);
    expect(read.text).toContain('"code":"UNAUTHENTICATED"');
    await left();
  });

  it('is broken off without a last word when the gateway drains, so that its client comes back', async () => {
    const draining = await world.gateway();
    const response = await fetch(`${draining.url}/graphql`, {
      method: 'POST', headers: { accept: EVENTS, authorization, 'content-type': 'application/json' }, body: JSON.stringify({ query: RENAMED, variables: { id: 'drain' } }),
    });
    await listening('drain');
    const reading = response.text().then(() => 'ended', () => 'broken off');
    await draining.drain();
    expect(await reading).toBe('broken off');
    await left();
  });

  it('is given up when its reader does not read', async () => {
    const before = world.logged.join('').split('a streamed answer was dropped').length;
    const abort = new AbortController();
    await fetch(url, {
      method: 'POST', signal: abort.signal, headers: { accept: EVENTS, authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'subscription { ticks(count: 400, bytes: 100001) { padding } }' }),
    });
    await eventually(() => world.logged.join('').split('a streamed answer was dropped').length > before, 10_000);
    abort.abort();
  }, 15_000);
});
