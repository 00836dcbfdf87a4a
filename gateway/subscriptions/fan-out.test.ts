// Who asks the same shares one stream: executed once, heard by all in order, joined after a cursor without gap or duplicate, and by nobody with other rights.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { StreamInterrupted, type SubgraphPort, type SubgraphRequest, type SubgraphResult, type SubgraphStream } from '../../subgraphs/kernel/base/subgraph-port.js';
import type { Gateway } from '../server.js';
import { startWorld } from '../two-subgraphs.fixture.js';
import type { Response, World } from '../world.fixture.js';

/** A stream whose subgraph is the test: it says what comes, and when. */
class Scripted implements SubgraphStream {
  readonly #events: SubgraphResult[] = [];
  #pull: PromiseWithResolvers<IteratorResult<SubgraphResult, undefined>> | null = null;
  ended = false;

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Entry number `position` of the feed, which everybody sees with the number of orders of person 1. */
  entry(position: number): void {
    this.say({ data: { entries: { __typename: 'Entry', cursor: String(position), person: { __typename: 'Person', id: '1' } } }, extensions: { position: String(position) } });
  }

  mark(position: number): void {
    this.say({ extensions: { position: String(position) } });
  }

  say(event: SubgraphResult): void {
    if (this.#pull) this.#pull.resolve({ done: false, value: event });
    else this.#events.push(event);
    this.#pull = null;
  }

  /** The way to its owner breaks. */
  breakOff(): void {
    this.ended = true;
    this.#pull?.reject(new StreamInterrupted('away'));
  }

  next(): Promise<IteratorResult<SubgraphResult, undefined>> {
    const event = this.#events.shift();
    if (event) return Promise.resolve({ done: false, value: event });
    if (this.ended) return Promise.resolve({ done: true, value: undefined });
    this.#pull = Promise.withResolvers();
    return this.#pull.promise;
  }

  return(): Promise<IteratorResult<SubgraphResult, undefined>> {
    this.ended = true;
    this.#pull?.resolve({ done: true, value: undefined });
    return Promise.resolve({ done: true, value: undefined });
  }
}

const ENTRIES = 'subscription ($after: String) { entries(after: $after) { cursor person { orders { number } } } }';
const ASKED_BY = 'subscription { entries { cursor person { askedBy } } }';

let world: World;
let gateway: Gateway;
let opened: { stream: Scripted; request: SubgraphRequest }[];
/** What `shop` is asked, and whether it answers. */
let executions: number;
let shopFails: boolean;

beforeAll(async () => {
  world = startWorld();
  const people: SubgraphPort = {
    ...world.ports['people']!,
    subscribe: async (request) => {
      const stream = new Scripted();
      opened.push({ stream, request });
      return stream;
    },
  };
  const { shop } = world.ports;
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
beforeEach(() => { [opened, executions, shopFails] = [[], 0, false]; });
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
