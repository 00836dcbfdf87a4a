// Calls are counted by who made them and how they ended, in bounded memory, and handed over once a minute and at drain.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { anonymous, systemActor, type Actor } from '../../subgraphs/kernel/base/actor.js';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import type { ApiUsage } from '../../subgraphs/kernel/base/api-usage.js';
import { startWorld } from '../two-subgraphs.fixture.js';
import { TENANT, ask, type World } from '../world.fixture.js';
import { UsageReporter } from './usage.reporter.js';
import { MAX_COUNTERS, MAX_COUNTERS_EACH, MAX_COUNTERS_OF_TENANT, UsageTally } from './usage.tally.js';

const NOBODY = anonymous('127.0.0.1', 'test');
const user = (tenant = TENANT): Actor => ({ ...NOBODY, kind: 'user', sub: newId(), tenant });
const sum = (usage: readonly ApiUsage[], action = 'api.requests') =>
  usage.filter((one) => one.action === action).flatMap(({ counts }) => counts).reduce((total, { count }) => total + count, 0);
const now = new Date('2026-11-21T09:00:00.000Z');
const later = new Date('2026-11-21T09:01:00.000Z');

describe('the tally', () => {
  it('tells requests, errors and refusals for too many apart, a span at a time', () => {
    const [tally, ann] = [new UsageTally(now), user()];
    for (const code of [undefined, undefined, 'FORBIDDEN', 'RATE_LIMITED']) tally.count(ann, 'Inbox', code);
    const span = { from: now.toISOString(), until: later.toISOString(), actor: { kind: 'user', sub: ann.sub, apiKey: null, tenant: TENANT }, id: expect.any(String) };
    const counts = (...codes: [string, number][]) => codes.map(([code, count]) => ({ operation: 'Inbox', code, count }));
    expect(tally.take(later)).toEqual([
      { ...span, action: 'api.requests', counts: counts(['OK', 2], ['FORBIDDEN', 1], ['RATE_LIMITED', 1]) },
      { ...span, action: 'api.errors', counts: counts(['FORBIDDEN', 1]) },
      { ...span, action: 'api.rate_limited', counts: counts(['RATE_LIMITED', 1]) },
    ]);
    expect(tally.take(later)).toEqual([]);
  });

  it('keeps some names of an actor and counts the rest as other', () => {
    const [tally, ann] = [new UsageTally(now), user()];
    for (let index = 0; index < 500; index += 1) tally.count(ann, `Invented${index}`);
    const [taken, ...rest] = tally.take(later);
    expect([taken?.counts.length, rest]).toEqual([MAX_COUNTERS_EACH + 1, []]);
    expect(taken?.counts.at(-1)).toEqual({ operation: 'other', code: 'OK', count: 500 - MAX_COUNTERS_EACH });
  });

  it('stays within its bounds however many call, and counts every call', () => {
    const tally = new UsageTally(now);
    for (let index = 0; index < MAX_COUNTERS + 700; index += 1) tally.count(user(newId()), 'Inbox', index % 2 === 0 ? undefined : 'FORBIDDEN');
    const taken = tally.take(later);
    expect(sum(taken)).toBe(MAX_COUNTERS + 700);
    expect(taken.filter(({ action }) => action === 'api.requests')).toHaveLength(MAX_COUNTERS + 1);
    expect(taken.find(({ actor }) => actor.kind === 'system')).toMatchObject({ counts: [{ operation: 'other', code: 'OK', count: 350 }, { operation: 'other', code: 'FORBIDDEN', count: 350 }] });
  });
});

describe('one tenant', () => {
  it('fills its own counters only: what is beyond is other of that tenant, and the rest are counted as ever', () => {
    const [tally, elsewhere] = [new UsageTally(now), user(newId())];
    for (let index = 0; index < MAX_COUNTERS + 700; index += 1) tally.count(user(), 'Inbox');
    tally.count(elsewhere, 'Inbox');
    const taken = tally.take(later);
    expect(taken.filter(({ actor }) => actor.tenant === TENANT)).toHaveLength(MAX_COUNTERS_OF_TENANT + 1);
    expect(taken.find(({ actor }) => actor.kind === 'system')).toMatchObject({
      actor: { tenant: TENANT }, counts: [{ operation: 'other', code: 'OK', count: MAX_COUNTERS + 700 - MAX_COUNTERS_OF_TENANT }] });
    expect(taken.find(({ actor }) => actor.sub === elsewhere.sub)).toMatchObject({ counts: [{ operation: 'Inbox', code: 'OK', count: 1 }] });
  });
});

describe('handing over', () => {
  let world: World;
  beforeEach(() => { world = startWorld(); });
  afterEach(() => world.stop());

  it('happens at drain: what was asked by whom, over HTTP and sockets, taken and refused', async () => {
    const gateway = await world.gateway();
    const { authorization, sub } = await world.signIn();
    await ask(gateway, 'query Mine { orderCount }', { authorization });
    await ask(gateway, '{ orderCount }', { authorization });
    await ask(gateway, '{ nothingOfTheKind }', { authorization });
    await ask(gateway, '{ orderCount }', { authorization: 'Bearer no.real.token' });
    const socket = world.socket(gateway, { authorization });
    await new Promise<void>((resolve, reject) => {
      socket.subscribe({ query: 'query BySocket { orderCount }' }, { next: () => undefined, error: reject, complete: resolve });
    });
    expect(world.usage).toEqual([]);
    await gateway.drain();
    const told = world.usage.map(({ action, actor, counts }) => ({ action, sub: actor.sub, counts: counts.map(({ operation, code, count }) => `${operation} ${code} ${count}`).sort() }));
    expect(told).toEqual(expect.arrayContaining([
      { action: 'api.requests', sub, counts: ['BySocket OK 1', 'Mine OK 1', 'query.orderCount OK 1'] },
      { action: 'api.requests', sub: null, counts: ['unread BAD_USER_INPUT 1', 'unread UNAUTHENTICATED 1'] },
      { action: 'api.errors', sub: null, counts: ['unread BAD_USER_INPUT 1', 'unread UNAUTHENTICATED 1'] },
    ]));
    expect(told).toHaveLength(3);
  });

  it('happens every so often while it runs', async () => {
    const gateway = await world.gateway({ usageEveryMs: 20 });
    await ask(gateway, 'query Mine { orderCount }');
    const handed = async (): Promise<void> => { while (world.usage.length === 0) await new Promise((resolve) => setTimeout(resolve, 5)); };
    await handed();
    expect(sum(world.usage)).toBe(1);
  });

  it('waits for who cannot take it, in the same words, and loses nothing that was counted meanwhile', async () => {
    const given: ApiUsage[][] = [];
    let away = true;
    const report = async (usage: readonly ApiUsage[]): Promise<void> => {
      given.push([...usage]);
      if (away) throw new Error('identity is away');
    };
    const reporter = new UsageReporter({ port: { report }, clock: world.clock, logger: world.logger });
    reporter.tally.count(systemActor(null), 'First');
    await reporter.hand();
    reporter.tally.count(systemActor(null), 'Second');
    await reporter.hand();
    away = false;
    await reporter.stop();
    expect(given.map((usage) => usage.map(({ counts }) => counts[0]?.operation))).toEqual([['First'], ['First'], ['First'], ['Second']]);
    expect(new Set(given.slice(0, 3).map(([first]) => first?.id)).size).toBe(1);
  });

  it('says what is lost when the last moment comes', async () => {
    const reporter = new UsageReporter({ port: { report: () => Promise.reject(new Error('identity is away')) }, clock: world.clock, logger: world.logger });
    reporter.tally.count(systemActor(null), 'First');
    await reporter.stop();
    expect(world.failures).toMatchObject([{ events: 1, msg: 'counts of API calls are lost' }]);
  });
});
