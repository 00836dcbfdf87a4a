// Live operations as a client meets them: a real graphql-ws client on a real listener over two real subgraphs.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { SubgraphPort } from '../../subgraphs/kernel/base/subgraph-port.js';
import type { Gateway } from '../server.js';
import { startWorld } from '../two-subgraphs.fixture.js';
import { ask, TENANT, type Response, type World } from '../world.fixture.js';

let world: World;
let gateway: Gateway;

beforeAll(async () => {
  world = startWorld();
  gateway = await world.gateway();
});
afterAll(() => world.stop());

interface Heard {
  events: Response[];
  /** The payload of an `error` frame. */
  refused: NonNullable<Response['errors']> | null;
  completed: boolean;
  stop: () => void;
}

const listen = (client: Client, query: string, variables?: Record<string, unknown>): Heard => {
  const heard: Heard = { events: [], refused: null, completed: false, stop: () => undefined };
  heard.stop = client.subscribe<Response>({ query, variables }, {
    next: (event) => { heard.events.push(event as Response); },
    error: (refused) => { heard.refused = Array.isArray(refused) ? (refused as NonNullable<Response['errors']>) : null; },
    complete: () => { heard.completed = true; },
  });
  return heard;
};

const eventually = async (condition: () => boolean, milliseconds = 3_000): Promise<void> => {
  for (const until = Date.now() + milliseconds; !condition() && Date.now() < until;) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(condition()).toBe(true);
};

const RENAMED = 'subscription ($id: ID!) { who: renamed(id: $id) { ...P } } fragment P on Person { id name orders { number } }';
const rename = (id: string, name: string) => ask(gateway, 'mutation ($id: ID!, $name: String!) { rename(id: $id, name: $name) { name } }', { variables: { id, name } });
const listening = (id: string) => eventually(() => world.emitter.listenerCount(`renamed ${id}`) > 0);

/** A bare socket, for what a well-behaved client never does. */
async function bare(init: unknown = {}): Promise<WebSocket> {
  const socket = new WebSocket(gateway.wsUrl, 'graphql-transport-ws');
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: init }));
  return socket;
}
const closedWith = async (socket: WebSocket): Promise<number> => ((await once(socket, 'close')) as [number])[0];

describe('a federated subscription', () => {
  it('completes every event with fields of both subgraphs, in order', async () => {
    const { authorization } = await world.signIn();
    const heard = listen(world.socket(gateway, { authorization }), RENAMED, { id: '1' });
    await listening('1');
    for (const name of ['Ann', 'Amy', 'Ada']) await rename('1', name);
    await eventually(() => heard.events.length === 3);
    const orders = [{ number: 11 }, { number: 12 }];
    expect(heard.events).toEqual(['Ann', 'Amy', 'Ada'].map((name) => ({ data: { who: { id: '1', name, orders } } })));
  });

  it('gives subscribers of one event answers of their own', async () => {
    // One object for everybody, as an in-process stream without a codec would hand it out.
    const event = () => ({ data: { renamed: { __typename: 'Person', id: '1', name: 'Bob' } } });
    const shared = event();
    const opened = Promise.withResolvers<void>();
    let subscribers = 0;
    const people: SubgraphPort = {
      ...world.ports['people']!,
      subscribe: async () => (async function* () {
        subscribers += 1;
        if (subscribers === 2) opened.resolve();
        await opened.promise;
        yield shared;
      })(),
    };
    const sharing = await world.gateway({ subgraphs: { ...world.ports, people } });
    const query = 'subscription { renamed(id: "1") { name askedBy orders { number } } }';
    const [a, b] = await Promise.all([world.signIn(), world.signIn()]);
    const heard = [a, b].map(({ authorization }) => listen(world.socket(sharing, { authorization }), query));
    await eventually(() => heard.every(({ completed }) => completed));
    expect(heard.map(({ events }) => events)).toEqual([a, b].map(({ sub }) => [
      { data: { renamed: { name: 'Bob', askedBy: sub, orders: [{ number: 11 }, { number: 12 }] } } },
    ]));
    expect(shared).toEqual(event());
  });

  it('ends its stream at the owner as soon as the client completes, while waiting for an event', async () => {
    const heard = listen(world.socket(gateway), RENAMED, { id: 'nobody' });
    await listening('nobody');
    const closed = once(world.emitter, 'upstream closed');
    heard.stop();
    await expect(Promise.race([closed, new Promise((_, no) => setTimeout(() => no(new Error('still open')), 2_000))])).resolves.toBeDefined();
  });

  it('completes when the stream of its owner ends', async () => {
    const heard = listen(world.socket(gateway), 'subscription { ticks(count: 3) { index } }');
    await eventually(() => heard.completed);
    expect(heard.events.map(({ data }) => data)).toEqual([0, 1, 2].map((index) => ({ ticks: { index } })));
  });

  it('masks a stream that fails, under a reference that is logged', async () => {
    const logged = world.failures.length;
    const heard = listen(world.socket(gateway), 'subscription { failing }');
    await eventually(() => heard.refused !== null);
    expect(heard.events).toEqual([{ data: { failing: 'first' } }]);
    const reference = heard.refused?.[0]?.extensions['reference'];
    expect(heard.refused).toEqual([{ message: 'Something went wrong on our side.', extensions: { code: 'INTERNAL', reference } }]);
    const lines = world.failures.slice(logged);
    expect(lines.map((line) => line['reference'])).toEqual([reference]);
    expect(JSON.stringify(lines)).toContain('10.0.0.7');
  });
});

describe('a refused operation', () => {
  const deep = `subscription { renamed(id: "1") ${'{ friend '.repeat(11)}{ name }${' }'.repeat(11)} }`;

  it.each([
    ['its owner refuses', 'subscription { refused }', { code: 'FORBIDDEN', permission: 'person:watch' }],
    ['the syntax is wrong', 'subscription { ', { code: 'BAD_USER_INPUT', reason: 'GRAPHQL_PARSE_FAILED' }],
    ['a name is wrong', 'subscription { refusd }', { code: 'BAD_USER_INPUT', reason: 'GRAPHQL_VALIDATION_FAILED' }],
    ['a variable is missing', RENAMED, { code: 'BAD_USER_INPUT' }],
    ['it is too deep', deep, { code: 'TOO_COSTLY', limit: 'depth' }],
    ['it is too long', `subscription { ${'refused '.repeat(5_001)} }`, { code: 'TOO_COSTLY', limit: 'tokens' }],
    ['its root is conditional', 'subscription ($s: Boolean!) { refused @skip(if: $s) }', { code: 'BAD_USER_INPUT', reason: 'GRAPHQL_VALIDATION_FAILED' }],
    ['it has two roots', 'subscription { refused failing }', { code: 'BAD_USER_INPUT', reason: 'GRAPHQL_VALIDATION_FAILED' }],
  ])('is an error frame when %s, and the socket lives on', async (_why, query, extensions) => {
    const client = world.socket(gateway, {}, { lazy: false });
    let closed = false;
    client.on('closed', () => { closed = true; });
    const heard = listen(client, query);
    await eventually(() => heard.refused !== null);
    expect(heard.refused?.[0]?.extensions).toEqual(extensions);
    expect(JSON.stringify(heard.refused)).not.toMatch(/Did you mean|people|serviceName/);
    const after = listen(client, '{ orderCount }');
    await eventually(() => after.completed);
    expect(after.events).toEqual([{ data: { orderCount: 3 } }]);
    expect(closed).toBe(false);
  });

  it('is the hundred-and-first of a socket, and only that one', async () => {
    const client = world.socket(gateway);
    const heard = Array.from({ length: 101 }, () => listen(client, RENAMED, { id: 'crowd' }));
    await eventually(() => heard.some(({ refused }) => refused !== null));
    expect(heard.filter(({ refused }) => refused !== null).map(({ refused }) => refused?.[0]?.extensions))
      .toEqual([{ code: 'TOO_COSTLY', limit: 'subscriptions' }]);
    expect(world.emitter.listenerCount('renamed crowd')).toBe(1); // they share it
  });
});

describe('queries and mutations over a socket', () => {
  it('are reads alone for whoever acts for somebody who is not there', async () => {
    world.delegations.set('a.b', { ok: true, sub: null, apiKey: randomUUID(), tenant: TENANT, permissions: ['person:read'], ip: null, userAgent: null, expiresAt: new Date(Date.now() + 60_000).toISOString() });
    const [wrote, read] = ['mutation { rename(id: "2", name: "Eve") { name } }', '{ person(id: "2") { name } }'].map((query) => listen(world.socket(gateway, { authorization: 'Delegation a.b' }), query));
    await eventually(() => wrote?.refused !== null && read?.completed === true);
    expect([wrote?.refused?.[0]?.extensions?.['code'], read?.events[0]?.data]).toEqual(['FORBIDDEN', { person: { name: expect.not.stringMatching('Eve') } }]);
  });

  it('run like those over HTTP, masking included', async () => {
    const { authorization } = await world.signIn({ permissions: ['x:y'] });
    const client = world.socket(gateway, { Authorization: authorization });
    const heard = listen(client, '{ caller { kind permissions } broken node(id: "parcel-1") { ... on Parcel { weight } } }');
    await eventually(() => heard.completed);
    const reference = heard.events[0]?.errors?.[0]?.extensions['reference'];
    expect(heard.events).toEqual([{
      data: { caller: { kind: 'user', permissions: ['x:y'] }, broken: null, node: { weight: 7 } },
      errors: [{ message: 'Something went wrong on our side.', path: ['broken'], extensions: { code: 'INTERNAL', reference } }],
    }]);
    const renamed = listen(client, 'mutation { rename(id: "2", name: "Ben") { name orders { number } } }');
    await eventually(() => renamed.completed);
    expect(renamed.events).toEqual([{ data: { rename: { name: 'Ben', orders: [] } } }]);
  });
});

describe('the socket', () => {
  it('is closed with 4403 for a bad credential, and opened for a good one', async () => {
    expect(await closedWith(await bare({ authorization: 'Bearer nonsense' }))).toBe(4403);
    expect(await closedWith(await bare({ authorization: 7 }))).toBe(4403);
    const good = await bare({ AUTHORIZATION: (await world.signIn()).authorization });
    expect(JSON.parse(String(((await once(good, 'message')) as unknown[])[0]))).toEqual({ type: 'connection_ack' });
    good.close();
  });

  it('is told to try later while identity does not answer', async () => {
    const { authorization } = await world.signIn();
    world.authenticationFails = true;
    expect(await closedWith(await bare({ authorization }))).toBe(1013);
    world.authenticationFails = false;
  });

  it('goes on for a moment when identity stops answering, running nothing new, then is told to try later', async () => {
    const lonely = startWorld();
    try {
      const alone = await lonely.gateway();
      const { authorization } = await lonely.signIn();
      const connect = async (): Promise<[Client, Promise<unknown>]> => {
        const client = lonely.socket(alone, { authorization }, { lazy: false });
        const closed = new Promise((resolve) => client.on('closed', resolve));
        await new Promise((resolve) => client.on('connected', resolve));
        return [client, closed];
      };
      const [[watching, closed], [asking, refused]] = [await connect(), await connect()];
      const live = listen(watching, RENAMED, { id: '1' });
      await eventually(() => lonely.emitter.listenerCount('renamed 1') > 0);
      lonely.authenticationFails = true;
      await eventually(() => lonely.failures.some(({ msg }) => String(msg).includes('could not be checked')));
      const before = lonely.fetches.length;
      listen(asking, '{ orderCount }');
      expect(await refused).toMatchObject({ code: 1013 });
      expect(lonely.fetches.length).toBe(before);
      lonely.emitter.emit('renamed 1', { renamed: { __typename: 'Person', id: '1', name: 'Ada' } });
      await eventually(() => live.events.length === 1);
      lonely.ahead = 6_000;
      expect(await closed).toMatchObject({ code: 1013 });
      lonely.authenticationFails = false;
      const again = listen(lonely.socket(alone, { authorization }), '{ orderCount }');
      await eventually(() => again.completed);
    } finally {
      await lonely.stop();
    }
  });

  it('takes an upgrade at its own path only', async () => {
    const elsewhere = new WebSocket(gateway.wsUrl.replace('/graphql', '/other'), 'graphql-transport-ws');
    const [error] = (await once(elsewhere, 'error')) as [Error];
    expect(error.message).toContain('404');
  });

  it.each([
    ['its session is revoked', async (session: string) => { world.change(session, { ok: false, reason: 'revoked' }); }, 600],
    ['the rights of its session change', async (session: string) => {
      const known = world.sessions.get(session);
      if (known?.ok) world.change(session, { ...known, permissions: [] });
    }, 600],
    ['its access token expires', async () => undefined, 2],
  ])('is closed with 4403 within seconds when %s', async (_why, happen, expiresIn) => {
    const { authorization, session } = await world.signIn({ expiresIn });
    const kept = await bare({ authorization: (await world.signIn()).authorization });
    const socket = await bare({ authorization });
    await once(socket, 'message');
    await happen(session);
    expect(await closedWith(socket)).toBe(4403);
    expect(kept.readyState).toBe(WebSocket.OPEN);
    kept.close();
  });

  it('is closed with 4403 when a right ends by itself, which nobody announces', async () => {
    const { authorization, session } = await world.signIn({ validUntil: new Date(Date.now() + 300) });
    const socket = await bare({ authorization });
    await once(socket, 'message');
    const known = world.sessions.get(session);
    if (known?.ok) world.sessions.set(session, { ...known, permissions: [], validUntil: null });
    expect(await closedWith(socket)).toBe(4403);
  });

  it('refuses a message over 256 KiB', async () => {
    const socket = await bare();
    await once(socket, 'message');
    socket.send(JSON.stringify({ id: 'a', type: 'subscribe', payload: { query: `{ orderCount } #${'x'.repeat(300_000)}` } }));
    expect(await closedWith(socket)).toBe(1009);
  });

  it('is given up with 1013 when its peer does not read, while others go on', async () => {
    const slow = await bare();
    await once(slow, 'message');
    const closed = closedWith(slow);
    slow.pause();
    const query = 'subscription { ticks(count: 400, bytes: 100000) { padding } }';
    const before = world.logged.join('').split('slow consumer').length;
    slow.send(JSON.stringify({ id: 'a', type: 'subscribe', payload: { query } }));
    await eventually(() => world.logged.join('').split('slow consumer').length > before, 10_000);
    const quick = listen(world.socket(gateway), 'subscription { ticks(count: 400, bytes: 99999) { padding } }'); // not the same: it would join
    await eventually(() => quick.completed, 10_000);
    expect(quick.events).toHaveLength(400);
    slow.resume();
    expect([1013, 1006]).toContain(await closed);
    expect((await world.metrics.sockets.get()).values[0]?.value).toBeGreaterThan(0);
  });

  it('is closed with a reason to reconnect when the gateway drains, after what runs on it', async () => {
    const draining = await world.gateway();
    const client = world.socket(draining, {}, { lazy: false });
    const closed = new Promise<unknown>((resolve) => client.on('closed', resolve));
    const live = listen(client, RENAMED, { id: 'drain' });
    await listening('drain');
    const running = listen(client, '{ slow(milliseconds: 300) }');
    await eventually(() => world.fetches.some(({ query }) => query.includes('slow')));
    await draining.drain();
    expect(running.events).toEqual([{ data: { slow: 'done' } }]);
    expect(live.events).toEqual([]);
    expect(await closed).toMatchObject({ code: 1001 });
    await expect(fetch(draining.url)).rejects.toThrow();
  });
});
