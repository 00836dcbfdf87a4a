// Who asks the same shares one stream: executed once, heard by all in order, joined after a cursor without gap or duplicate, and by nobody with other rights.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SubgraphPort, SubgraphRequest } from '../../subgraphs/kernel/base/subgraph-port.js';
import type { Gateway } from '../server.js';
import { startWorld } from '../two-subgraphs.fixture.js';
import { ask, type Response, type World } from '../world.fixture.js';
import { Scripted } from './scripted.fixture.js';

const ENTRIES = 'subscription ($after: String) { entries(after: $after) { cursor person { orders { number } } } }';
const ASKED_BY = 'subscription { entries { cursor person { askedBy } } }';

let world: World;
let gateway: Gateway;
let opened: { stream: Scripted; request: SubgraphRequest }[];
/** Until when the owner lets nobody in. */
let opens: Promise<void>;
/** What `shop` is asked, and whether it answers. */
let executions: number;
let shopFails: boolean;

beforeAll(async () => {
  world = startWorld();
  const { shop, people: owner } = world.ports;
  const people: SubgraphPort = {
    ...owner!,
    subscribe: async (request) => {
      const stream = new Scripted();
      opened.push({ stream, request });
      return opens.then(() => stream);
    },
  };
  const counted: SubgraphPort = {
    ...shop!,
    execute: async (request) => {
      executions += 1;
      if (shopFails) throw new Error('shop is away');
      return shop!.execute(request);
    },
  };
  gateway = await world.gateway({ subgraphs: { people, shop: counted }, liveCaps: { streams: 50, streamsEach: 20, subscriptions: 60, subscriptionsEach: 25 } });
});
beforeEach(() => { [opened, opens, executions, shopFails] = [[], Promise.resolve(), 0, false]; });
afterAll(() => world.stop());

const eventually = async (condition: () => boolean): Promise<void> => {
  for (const until = Date.now() + 3_000; !condition() && Date.now() < until;) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(condition()).toBe(true);
};

interface Heard { cursors: string[]; events: Response[]; refused: unknown; stop: () => void }

function listen(authorization: string, query = ENTRIES, variables: Record<string, unknown> = {}): Heard {
  const heard: Heard = { cursors: [], events: [], refused: null, stop: () => undefined };
  heard.stop = world.socket(gateway, { authorization }).subscribe<Response>({ query, variables }, {
    next: (event) => {
      heard.events.push(event as Response);
      heard.cursors.push((event as unknown as { data: { entries: { cursor: string } } }).data.entries.cursor);
    },
    error: (refused) => { heard.refused = refused; },
    complete: () => undefined,
  });
  return heard;
}

const stream = (index: number): Scripted => opened[index]!.stream;
const endAll = async (heard: Heard[]): Promise<void> => {
  for (const one of heard) one.stop();
  await eventually(() => opened.every((one) => one.stream.ended));
  await standing(opened.length, 0);
};
/** The protocol does not tell when a subscription stands: the gateway's metrics do. */
async function standing(streams: number, subscriptions = streams): Promise<void> {
  for (const until = Date.now() + 5_000; (await world.metrics.liveSubscriptions.get()).values[0]?.value !== subscriptions && Date.now() < until;) await settled();
  expect([opened.length, (await world.metrics.liveSubscriptions.get()).values[0]?.value]).toEqual([streams, subscriptions]);
}
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60));

describe('those who ask the same with the same rights', () => {
  it('share one stream and one execution an event, each hearing all of it in order', async () => {
    const { authorization } = await world.signIn();
    const heard = Array.from({ length: 20 }, () => listen(authorization));
    await standing(1, 20);
    for (const position of [1, 2, 3]) stream(0).entry(position);
    await eventually(() => heard.every(({ cursors }) => cursors.length === 3));
    expect(heard.every(({ cursors }) => cursors.join() === '1,2,3')).toBe(true);
    expect([opened.length, executions]).toEqual([1, 3]);
    for (const one of heard.slice(1)) one.stop();
    await settled();
    expect(stream(0).ended).toBe(false);
    await endAll(heard);
  });

  it('do not share with other variables, another document or another person', async () => {
    const [a, b] = [await world.signIn(), await world.signIn()];
    const heard = [listen(a.authorization), listen(b.authorization), listen(a.authorization, ASKED_BY), listen(a.authorization, ENTRIES.replace('person', 'who: person'))];
    await standing(4);
    await endAll(heard);
  });
});

describe('who goes on after a cursor', () => {
  it('reads what it missed alone, then shares, hearing each once', async () => {
    const { authorization } = await world.signIn();
    const steady = listen(authorization);
    await standing(1);
    stream(0).mark(2);
    for (const position of [3, 4]) stream(0).entry(position);
    const back = listen(authorization, ENTRIES, { after: '2' });
    await standing(2);
    expect(opened.map(({ request }) => request.variables)).toEqual([{}, { after: '2' }]);
    for (const position of [3, 4]) stream(1).entry(position);
    await eventually(() => back.cursors.length === 2);
    expect(stream(1).ended).toBe(false);
    stream(1).mark(4);
    await eventually(() => stream(1).ended);
    stream(0).entry(5);
    await eventually(() => back.cursors.length === 3 && steady.cursors.length === 3);
    expect([steady.cursors, back.cursors]).toEqual([['3', '4', '5'], ['3', '4', '5']]);
    await endAll([steady, back]);
  });

  it('reads it together with those who come back after the same cursor while the stream is opened, and with nobody else', async () => {
    const [{ authorization }, stranger] = [await world.signIn(), await world.signIn()];
    const gate = Promise.withResolvers<void>();
    opens = gate.promise;
    const heard = [...[...'111110'].map((after) => listen(authorization, ENTRIES, { after })), listen(stranger.authorization, ENTRIES, { after: '1' })];
    setTimeout(() => gate.resolve(), 60);
    await standing(3, 7);
    const tell = (position: number): void => { for (const { stream: one } of opened) { one.entry(position); one.mark(position); } };
    tell(2);
    await eventually(() => opened.filter(({ stream: one }) => one.ended).length === 1);
    tell(3);
    await eventually(() => heard.every(({ cursors }) => cursors.join() === '2,3'));
    await endAll(heard);
  });

  it('waits where the others are further, and skips what it heard before them', async () => {
    const { authorization } = await world.signIn();
    const steady = listen(authorization);
    await standing(1);
    stream(0).mark(1);
    const [behind, ahead] = [listen(authorization, ENTRIES, { after: '1' }), listen(authorization, ENTRIES, { after: '0' })];
    await standing(3);
    const of = (after: string): Scripted => opened.find(({ request }) => request.variables?.['after'] === after)!.stream;
    for (const position of [2, 3]) stream(0).entry(position);
    await eventually(() => steady.cursors.length === 2);
    of('1').mark(1);
    of('1').entry(2);
    await eventually(() => behind.cursors.length === 1);
    await settled();
    expect(of('1').ended).toBe(false);
    of('1').entry(3);
    await eventually(() => of('1').ended);
    of('0').entry(2);
    of('0').entry(3);
    of('0').entry(4);
    of('0').mark(4);
    await eventually(() => of('0').ended);
    stream(0).entry(4);
    stream(0).entry(5);
    await eventually(() => [steady, behind, ahead].every(({ cursors }) => cursors.at(-1) === '5'));
    expect([steady.cursors, behind.cursors, ahead.cursors]).toEqual([['2', '3', '4', '5'], ['2', '3', '4', '5'], ['2', '3', '4', '5']]);
    await endAll([steady, behind, ahead]);
  });

  it('is a client of graphql-ws whose variables say the newest cursor when they are sent again', async () => {
    const { authorization } = await world.signIn();
    const heard: string[] = [];
    const client = world.socket(gateway, { authorization }, { retryAttempts: 5, retryWait: () => Promise.resolve(), shouldRetry: () => true });
    const variables = { get after(): string | null { return heard.at(-1) ?? null; } };
    const stop = client.subscribe<{ entries: { cursor: string } }>({ query: ENTRIES, variables }, {
      next: ({ data }) => { if (data) heard.push(data.entries.cursor); }, error: () => undefined, complete: () => undefined,
    });
    await standing(1);
    stream(0).entry(1);
    await eventually(() => heard.length === 1);
    stream(0).breakOff();
    await eventually(() => opened.length === 2);
    expect(opened[1]?.request.variables).toEqual({ after: '1' });
    stream(1).entry(2);
    await eventually(() => heard.length === 2);
    expect(heard).toEqual(['1', '2']);
    stop();
    await eventually(() => stream(1).ended);
  });

  it('is whom the next ones join, where there is nobody else', async () => {
    const { authorization } = await world.signIn();
    const back = listen(authorization, ENTRIES, { after: '7' });
    await standing(1);
    stream(0).entry(8);
    await eventually(() => back.cursors.length === 1);
    stream(0).mark(8);
    await settled();
    const later = listen(authorization);
    await standing(1, 2);
    stream(0).entry(9);
    await eventually(() => later.cursors.length === 1 && back.cursors.length === 2);
    expect(opened).toHaveLength(1);
    back.stop();
    await settled();
    stream(0).entry(10);
    await eventually(() => later.cursors.length === 2);
    await endAll([later]);
  });
});

describe('two people with different rights in one subscription', () => {
  it('never hear what the other may see, also when a subgraph fails between them', async () => {
    const [a, b] = [await world.signIn({ permissions: ['person:read', 'x:y'] }), await world.signIn()];
    const heard = [listen(a.authorization, ASKED_BY), listen(b.authorization, ASKED_BY)];
    await standing(2);
    const tell = (position: number): void => { for (const { stream: one } of opened) one.entry(position); };
    tell(1);
    await eventually(() => heard.every(({ cursors }) => cursors.length === 1));
    shopFails = true;
    tell(2);
    await eventually(() => heard.every(({ cursors }) => cursors.length === 2));
    shopFails = false;
    tell(3);
    await eventually(() => heard.every(({ cursors }) => cursors.length === 3));
    for (const [index, { sub }] of [a, b].entries()) {
      const { events } = heard[index]!;
      expect(events.map(({ data }) => data)).toEqual(['1', '2', '3'].map((cursor) => ({ entries: { cursor, person: { askedBy: cursor === '2' ? null : sub } } })));
      expect(events.map(({ errors }) => errors?.length ?? 0)).toEqual([0, 1, 0]);
    }
    await endAll(heard);
  });
});

describe('when the graph changes', () => {
  /** The supergraph with some text of it replaced. */
  const changed = (pattern: RegExp, by: string): string => {
    expect(world.supergraphSdl).toMatch(pattern);
    return world.supergraphSdl.replace(pattern, by);
  };
  afterEach(() => gateway.load(world.supergraphSdl));

  it('a stream whose owner is asked the same goes on and is joined; one that is refused now ends with the reason', async () => {
    const { authorization } = await world.signIn();
    const [kept, ended] = [listen(authorization), listen(authorization, ASKED_BY)];
    await standing(2);
    const [first, other] = opened.toSorted((a, b) => Number(b.request.query.includes('after')) - Number(a.request.query.includes('after')));
    gateway.load(changed(/^ *askedBy: .*\n/m, ''));
    await eventually(() => ended.refused !== null);
    const refusal = [expect.objectContaining({ extensions: { code: 'BAD_USER_INPUT', reason: 'GRAPHQL_VALIDATION_FAILED' } })];
    expect([ended.refused, first?.stream.ended, other?.stream.ended]).toEqual([refusal, false, true]);
    const later = listen(authorization);
    await standing(2, 2);
    first?.stream.entry(1);
    await eventually(() => [kept, later].every(({ cursors }) => cursors.join() === '1'));
    const again = listen(authorization, ASKED_BY);
    await eventually(() => again.refused !== null);
    const query = await ask(gateway, '{ person(id: "1") { askedBy } }', { authorization });
    expect([again.refused, query.body.errors]).toEqual([refusal, refusal]);
    await endAll([kept, later]);
  });

  it('who hears it otherwise from now on comes back; a graph that is none, or names a subgraph that is not there, changes nothing', async () => {
    const { authorization } = await world.signIn();
    const moved = listen(authorization, 'subscription { entries { cursor person { name } } }');
    await standing(1);
    expect(() => gateway.load('type Query { nothing: Int }')).toThrow();
    expect(() => gateway.load(world.supergraphSdl.replaceAll('name: "shop"', 'name: "elsewhere"'))).toThrow(/elsewhere/);
    stream(0).say({ data: { entries: { __typename: 'Entry', cursor: '1', person: { __typename: 'Person', id: '1', name: 'Ada' } } } });
    await eventually(() => moved.cursors.length === 1);
    gateway.load(changed(/(?<=^ *name: String! @join__field\(graph: )PEOPLE/m, 'SHOP'));
    await eventually(() => moved.refused !== null);
    expect([moved.refused, stream(0).ended]).toEqual([expect.objectContaining({ code: 1012 }), true]);
    await standing(1, 0);
  });
});

describe('what one person may hold open', () => {
  it('is refused beyond its cap with a typed error, and possible again when something ended', async () => {
    const { authorization } = await world.signIn();
    const client = world.socket(gateway, { authorization });
    const refusals: unknown[] = [];
    const ask = (): (() => void) => client.subscribe({ query: ENTRIES }, { next: () => undefined, error: (refused) => refusals.push(refused), complete: () => undefined });
    const stops = Array.from({ length: 25 }, ask);
    await standing(1, 25);
    ask();
    await eventually(() => refusals.length === 1);
    expect(refusals).toEqual([[expect.objectContaining({ extensions: { code: 'TOO_COSTLY', limit: 'subscriptions' } })]]);
    stops[0]?.();
    await standing(1, 24);
    ask();
    await standing(1, 25);
    expect(refusals).toHaveLength(1);
  });

  it('is closed with 1013 beyond its sockets', async () => {
    const { authorization } = await world.signIn();
    const closes: unknown[] = [];
    const clients = Array.from({ length: 21 }, () => world.socket(gateway, { authorization }, { lazy: false }));
    for (const client of clients) client.on('closed', (event) => closes.push((event as { code: number }).code));
    await eventually(() => closes.length === 1);
    expect(closes).toEqual([1013]);
  });
});
