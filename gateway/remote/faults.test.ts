// What the gateway does when the way to a subgraph breaks, stalls or is gone for a while, and that it recovers by itself.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { ACTOR_HEADER, signActor, systemActor } from '../../subgraphs/kernel/base/actor.js';
import { StreamInterrupted, type RouteDeclaration, type SubgraphStream } from '../../subgraphs/kernel/base/subgraph-port.js';
import { until } from '../../test/kit/until.js';
import type { Gateway } from '../server.js';
import { startWorld } from '../two-subgraphs.fixture.js';
import { ask, type Response, type World } from '../world.fixture.js';
import { serveWorld, type Name, type ServedWorld } from './served-world.fixture.js';

const TIMEOUT_MS = 1_000;
const HOOK: RouteDeclaration = {
  name: 'hook', subgraph: 'shop', method: 'POST', path: '/hooks/:key', auth: 'signature', maxBytes: 1_000, timeoutMs: 500,
};
const BOTH = '{ person(id: "1") { name orders { number } } }';
const WHOLE = { data: { person: { name: 'Ada', orders: [{ number: 11 }, { number: 12 }] } } };
const PARTIAL = {
  data: { person: { name: 'Ada', orders: null } },
  errors: [{ message: 'Something went wrong on our side.', path: ['person', 'orders'], extensions: { code: 'INTERNAL', reference: expect.any(String) } }],
};

let world: World;
let served: ServedWorld;
let gateway: Gateway;

beforeAll(async () => {
  world = startWorld();
  world.routes.push(HOOK);
  served = await serveWorld(world, { timeoutMs: TIMEOUT_MS });
  gateway = await world.gateway(served.options);
});
afterAll(async () => {
  await world.stop();
  await served.stop();
});

const failures = async (subgraph: Name, reason: string): Promise<number> =>
  (await served.metrics.subgraphFailures.get()).values.find(({ labels }) => labels.subgraph === subgraph && labels.reason === reason)?.value ?? 0;
const whole = (): Promise<void> => until(async () => (await ask(gateway, BOTH)).body.errors === undefined, 'both subgraphs answer');
const headers = (): Record<string, string> => ({ [ACTOR_HEADER]: signActor(systemActor(null), world.actorKeys.privateKey, new Date()) });
const hook = (): Promise<number> => fetch(`${gateway.url}/hooks/k`, { method: 'POST', body: 'x' }).then(({ status }) => status);

describe('a subgraph that cannot be reached', () => {
  it('costs its own fields only, and what needs nothing of it is whole', async () => {
    expect((await ask(gateway, BOTH)).body).toEqual(WHOLE);
    await served.wires.shop.cut();
    expect((await ask(gateway, BOTH)).body).toEqual(PARTIAL);
    expect((await ask(gateway, '{ person(id: "1") { name } }')).body).toEqual({ data: { person: { name: 'Ada' } } });
    expect(await hook()).toBe(503);
    const logged = JSON.stringify(world.failures);
    expect(logged).toContain('The subgraph shop is unavailable (unreachable)');
    await served.wires.shop.mend();
    await whole();
    expect(await hook()).toBe(200);
  });

  it('answers the very next query after a restart on its port', async () => {
    await served.listeners.shop.drain();
    expect((await ask(gateway, BOTH)).body).toEqual(PARTIAL);
    await served.restart('shop');
    expect((await ask(gateway, BOTH)).body).toEqual(WHOLE);
    await served.wires.shop.cut();
    await served.wires.shop.mend();
    expect((await ask(gateway, BOTH)).body).toEqual(WHOLE);
  });
});

describe('a slow subgraph', () => {
  it('is waited for so long, then rests, then is asked by one call, and answers everybody again', async () => {
    const slow = (): Promise<Response> => ask(gateway, '{ slow(milliseconds: 2500) person(id: "1") { name } }').then(({ body }) => body);
    const [late] = await Promise.all(Array.from({ length: 5 }, slow));
    expect(late).toMatchObject({ data: { slow: null, person: { name: 'Ada' } }, errors: [{ extensions: { code: 'INTERNAL' } }] });
    expect(JSON.stringify(world.failures)).toContain('The subgraph shop is unavailable (timeout)');
    const asked = world.fetches.length;
    expect((await ask(gateway, '{ slow(milliseconds: 0) }')).body.data).toEqual({ slow: null });
    expect(world.fetches.length).toBe(asked);
    expect(await failures('shop', 'resting')).toBeGreaterThan(0);

    await new Promise((resolve) => setTimeout(resolve, 1_050));
    const trial = slow();
    await until(async () => world.fetches.length > asked, 'one call tries');
    expect((await ask(gateway, '{ slow(milliseconds: 0) }')).body.data).toEqual({ slow: null });
    expect(world.fetches.length).toBe(asked + 2); // the trial and the person beside it
    await trial;

    await until(async () => (await ask(gateway, '{ slow(milliseconds: 0) }')).body.errors === undefined, 'it answers again', 3_000);
    const all = await Promise.all(Array.from({ length: 20 }, () => ask(gateway, BOTH)));
    expect(all.map(({ body }) => body)).toEqual(all.map(() => WHOLE));
  });

  it('does not open at answers that are errors', async () => {
    for (let count = 0; count < 10; count += 1) await ask(gateway, '{ broken guarded }');
    expect((await ask(gateway, BOTH)).body).toEqual(WHOLE);
  });
});

describe('connections', () => {
  let roomy: ServedWorld;
  let patient: Gateway;
  beforeAll(async () => {
    roomy = await serveWorld(world);
    patient = await world.gateway(roomy.options);
  });
  afterAll(async () => {
    await patient.drain();
    await roomy.stop();
  });

  it('are kept and shared: 300 requests, 50 at a time, open no more than one each', async () => {
    for (let round = 0; round < 6; round += 1) {
      const all = await Promise.all(Array.from({ length: 50 }, () => ask(patient, BOTH)));
      expect(all.map(({ body }) => body)).toEqual(all.map(() => WHOLE));
    }
    expect(roomy.wires.shop.taken).toBeLessThanOrEqual(50);
  });

  it('are at most 64, however many requests there are', async () => {
    const all = await Promise.all(Array.from({ length: 150 }, () => roomy.ports.shop.execute({ query: '{ slow(milliseconds: 50) }', headers: headers() })));
    expect(all).toEqual(all.map(() => ({ data: { slow: 'done' } })));
    expect(roomy.wires.shop.taken).toBeLessThanOrEqual(64);
  });
});

describe('a live stream', () => {
  const RENAMED = 'subscription { renamed(id: "1") { name } }';
  const rename = (name: string): boolean => world.emitter.emit('renamed 1', { renamed: { __typename: 'Person', id: '1', name } });

  const client = () => {
    const closes: number[] = [];
    const socket = world.socket(gateway, {}, { retryAttempts: 20, retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)) });
    socket.on('closed', (event) => closes.push((event as { code: number }).code));
    const heard: unknown[] = [];
    let ended: unknown = null;
    const stop = socket.subscribe<Response>({ query: RENAMED }, {
      next: ({ data }) => heard.push(data), error: (error) => { ended = error; }, complete: () => { ended = 'complete'; },
    });
    return { closes, heard, ended: () => ended, stop };
  };

  it.each<[string, () => Promise<void>]>([
    ['breaks', async () => {
      await served.wires.people.cut();
      await served.wires.people.mend();
    }],
    ['breaks for a while', async () => {
      await served.wires.people.cut();
      await new Promise((resolve) => setTimeout(resolve, TIMEOUT_MS + 400));
      await served.wires.people.mend();
    }],
    ['ends because its subgraph drains', async () => {
      await served.listeners.people.drain();
      await served.restart('people');
    }],
  ])('that %s makes its client connect and subscribe again, and never ends as if it were over', async (_why, happen) => {
    const listener = client();
    await until(async () => world.live.size === 1, 'it is open');
    const [first] = world.live;
    rename('before');
    await until(async () => listener.heard.length === 1, 'an event arrives');
    await happen();
    await until(async () => world.live.size === 1 && !world.live.has(first as SubgraphStream), 'it is open again, and the old one is left');
    rename('after');
    await until(async () => listener.heard.length === 2, 'another event arrives');
    expect(listener.heard).toEqual(['before', 'after'].map((name) => ({ renamed: { name } })));
    expect(listener.closes[0]).toBe(1012);
    expect(listener.closes.slice(1).every((code) => code === 1013)).toBe(true);
    expect(listener.ended()).toBeNull();
    listener.stop();
    await until(async () => world.live.size === 0, 'it is left');
  });

  it('breaks when its line goes silent', async () => {
    const stream = await served.ports.people.subscribe({ query: RENAMED, headers: headers() }) as SubgraphStream;
    served.wires.people.silence();
    await expect(stream.next()).rejects.toBeInstanceOf(StreamInterrupted);
    await served.wires.people.cut();
    await served.wires.people.mend();
    await whole();
  }, 15_000);

  it('breaks rather than wait with more than a thousand events', async () => {
    const stream = await served.ports.people.subscribe({ query: 'subscription { ticks(count: 200000) { index } }', headers: headers() }) as SubgraphStream;
    let last = -1;
    await until(async () => world.live.size === 0, 'its owner is told that nobody listens');
    await expect((async () => {
      for await (const { data } of stream) last = (data as { ticks: { index: number } }).ticks.index;
    })()).rejects.toBeInstanceOf(StreamInterrupted);
    expect(last).toBe(999);
  });
});

describe('a listener that drains', () => {
  it('has the clients of its live streams come again one after another, on what has taken its place', async () => {
    const watched = Array.from({ length: 40 }, () => world.socket(gateway, {}, { retryAttempts: 20, retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)) }));
    const heard = new Map(watched.map((client) => [client, [] as unknown[]]));
    const closes: { code: number; othersListened: number }[] = [];
    for (const [index, client] of watched.entries()) {
      client.on('closed', (event) => closes.push({ code: (event as { code: number }).code, othersListened: world.live.size }));
      // Under names of their own: who asks the same shares a stream.
      client.subscribe<Response>({ query: `subscription { mine${index}: renamed(id: "1") { name } }` }, { next: ({ data }) => heard.get(client)?.push(data), error: () => undefined, complete: () => undefined });
    }
    await until(async () => world.live.size === 40, 'all are open');
    const before = new Set(world.live);
    const old = served.listeners.people.drain();
    await until(() => fetch(`${served.listeners.people.url}/api/health`).then(() => false, () => true), 'it accepts no more');
    await Promise.all([old, served.restart('people')]);
    await until(async () => world.live.size === 40 && [...world.live].every((stream) => !before.has(stream)), 'all are open again');
    world.emitter.emit('renamed 1', { renamed: { __typename: 'Person', id: '1', name: 'after' } });
    await until(async () => [...heard.values()].every((events) => events.length === 1), 'everybody hears');
    expect(closes.filter(({ code }) => code === 1012)).toHaveLength(40);
    expect(closes[0]?.othersListened).toBeGreaterThan(20);
    for (const client of watched) await client.dispose();
    await until(async () => world.live.size === 0, 'all are left');
  });

  it('lets a query on the same socket have its answer before the client must come again', async () => {
    const client = world.socket(gateway);
    const order: unknown[] = [];
    client.on('closed', (event) => order.push((event as { code: number }).code));
    const stop = client.subscribe({ query: 'subscription { renamed(id: "1") { name } }' }, { next: () => undefined, error: () => undefined, complete: () => undefined });
    await until(async () => world.live.size === 1, 'it listens');
    client.subscribe({ query: '{ slow(milliseconds: 300) }' }, { next: ({ data }) => order.push(data), error: () => order.push('failed'), complete: () => undefined });
    await until(async () => world.fetches.at(-1)?.query.includes('slow') ?? false, 'it runs');
    await served.listeners.people.drain();
    await until(async () => order.length === 2, 'it is told to come again');
    expect(order).toEqual([{ slow: 'done' }, 1012]);
    stop();
    await client.dispose();
    await served.restart('people');
    await whole();
  });

  it('finishes what runs, closes live sockets with 1012, and refuses what is new', async () => {
    const socket = new WebSocket(`${served.listeners.shop.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers: headers() });
    await once(socket, 'open');
    const closed = once(socket, 'close') as Promise<[number]>;
    const running = served.ports.shop.execute({ query: '{ slow(milliseconds: 300) }', headers: headers() });
    await until(async () => world.fetches.at(-1)?.query === '{ slow(milliseconds: 300) }', 'it runs');
    const drained = served.listeners.shop.drain();
    await until(() => fetch(`${served.listeners.shop.url}/api/health`).then(() => false, () => true), 'it accepts no more');
    expect(await running).toEqual({ data: { slow: 'done' } });
    expect((await closed)[0]).toBe(1012);
    await Promise.all([drained, served.listeners.shop.drain()]);
    await served.restart('shop');
    await whole();
  });
});

describe('the log', () => {
  it('tells no token', () => {
    const text = world.logged.join('');
    expect(text).toContain('unavailable');
    expect(text).not.toContain(headers()[ACTOR_HEADER]?.slice(0, 40));
    expect(text).not.toMatch(/x-switchboard-(actor|route)"/);
  });
});
