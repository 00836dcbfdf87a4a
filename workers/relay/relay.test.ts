// Relays and the bus under faults: one relay is active, and whichever connection breaks, subscribers miss and repeat nothing.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { isQuiet, newStream, span, takeNumbers, TestFeed } from '../../test/kit/feed.js';
import { NoteAdded } from '../../test/kit/probe.js';
import { until } from '../../test/kit/until.js';
import { silentLogger } from '../../subgraphs/kernel/base/logger.js';
import { defineJob } from '../../subgraphs/kernel/messaging/jobs.js';

let feed: TestFeed;
beforeAll(async () => { feed = await TestFeed.open(); });
afterEach(() => feed.stopRelays());
afterAll(() => feed?.close());

const RELAY = 'switchboard:relay:probe';
const sessions = async (): Promise<{ open: number; locked: number }> => (await feed.admin.query(`
  select count(*)::int as open, (count(*) filter (where exists (select from pg_locks l where l.pid = a.pid and l.locktype = 'advisory' and l.granted)))::int as locked
  from pg_stat_activity a where datname = current_database() and application_name = '${RELAY}'`)).rows[0];

/** Commits 1 to `last`, a few at a time, and does `fault` every now and then meanwhile. */
async function flow(filter: ReturnType<typeof newStream>, last: number, fault: () => Promise<number>): Promise<number> {
  let cut = 0;
  for (let from = 1; from <= last; from += 5) {
    await feed.emit(filter, span(from, Math.min(from + 4, last)));
    if (from % 50 === 1) cut += await fault();
    await wait(8);
  }
  return cut;
}

describe('the relay', () => {
  it('is one of two: the other takes over when its connection is cut, without loss or repetition', async () => {
    const filter = newStream();
    const stream = await feed.hub.open(filter, null, null);
    const relays = [feed.relay(), feed.relay()];
    const received = takeNumbers(stream, 400);
    const cut = await flow(filter, 400, () => feed.cut(RELAY, true));
    expect(cut).toBeGreaterThanOrEqual(3);
    expect(await received).toEqual(span(1, 400));
    await feed.drained();
    expect((await sessions()).locked).toBe(1);
    expect(await isQuiet(stream)).toBe(true);
    expect(relays.map((relay) => relay.healthy())).toEqual([true, true]);
    const history = await feed.admin.query(`select (payload->>'number')::int as number from probe.feed where stream_id = $1 order by position`, [filter.id]);
    expect(history.rows.map(({ number }) => number)).toEqual(span(1, 400));
  });

  it('that stands by keeps one connection open and takes over when the other stops', async () => {
    const [first] = [feed.relay()];
    while ((await sessions()).locked < 1) await wait(5);
    feed.relay();
    while ((await sessions()).open < 2) await wait(5);
    const pids = async (): Promise<number[]> => (await feed.admin.query<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and application_name = '${RELAY}' order by pid`)).rows.map(({ pid }) => pid);
    const before = await pids();
    await wait(300);
    expect([await pids(), await sessions()]).toEqual([before, { open: 2, locked: 1 }]);
    await first?.stop();
    const filter = newStream();
    const stream = await feed.hub.open(filter, null, null);
    await feed.emit(filter, [1]);
    expect(await takeNumbers(stream, 1)).toEqual([1]);
    stream.end();
  });

  it('finishes what another left half done, at the same positions', async () => {
    const filter = newStream();
    const stream = await feed.hub.open(filter, null, null);
    await feed.emit(filter, [1, 2]);
    // As a relay leaves it that dies after it gave positions.
    await feed.admin.query(`with given as (update probe.feed_state set position = position + 2 returning position),
      marked as (update probe.outbox o set position = given.position - (select count(*) from probe.outbox later where later.id > o.id) from given returning o.*)
      insert into probe.feed select tenant_id, position, event_id, type, stream_id, group_id, payload, occurred_at from marked`);
    await feed.emit(filter, [3]);
    feed.relay();
    expect(await takeNumbers(stream, 3)).toEqual([1, 2, 3]);
    await feed.drained();
    expect(await isQuiet(stream)).toBe(true);
  });
});

it('keeps what a queue that is away does not take, and hands it over when it is back', async () => {
  const job = defineJob({ name: 'other.keep', description: 'Keeps.', payload: z.object({ number: z.number() }), concurrency: 1, key: ({ number }) => String(number) });
  const enqueued: unknown[] = [];
  let tries = 0;
  feed.relay({
    triggers: [{ event: { name: NoteAdded.name }, job, payload: (_tenant, event) => event }],
    queue: { enqueue: async (_job, payloads) => { if ((tries += 1) < 3) throw new Error('away'); enqueued.push(...payloads); } },
  });
  await feed.emit(newStream(), [1, 2]);
  await until(async () => tries > 1, 'the queue was tried again');
  expect((await feed.admin.query('select count(*)::int as n from probe.outbox')).rows).toEqual([{ n: 2 }]);
  await feed.drained();
  expect([...new Set(enqueued)]).toEqual([{ number: 1 }, { number: 2 }]);
});

describe('an event that a job of another subgraph does not understand', () => {
  it('is said so once, and holds up neither the others nor the feed', async () => {
    const job = defineJob({ name: 'other.note', description: 'Notes.', payload: z.object({ number: z.number().max(2) }), concurrency: 1, key: ({ number }) => String(number) });
    const [enqueued, complaints]: [unknown[], unknown[]] = [[], []];
    const logger = { ...silentLogger, error: (complaint: unknown) => { complaints.push(complaint); } } as typeof silentLogger;
    feed.relay({
      triggers: [{ event: { name: NoteAdded.name }, job, payload: (_tenant, event) => event }], logger, queue: { enqueue: async (_job, payloads) => { enqueued.push(...payloads); } },
    });
    const filter = newStream();
    const stream = await feed.hub.open(filter, null, null);
    await feed.emit(filter, [1, 3, 2]);
    expect(await takeNumbers(stream, 3)).toEqual([1, 3, 2]);
    stream.end();
    await feed.drained();
    expect(enqueued).toEqual([{ number: 1 }, { number: 2 }]);
    expect(complaints).toMatchObject([{ schema: 'probe', event: 'NoteAdded', job: 'other.note' }]);
  });
});

describe('the bus', () => {
  it('that loses its listener while events flow makes subscribers read the tables again', async () => {
    feed.relay();
    const filter = newStream();
    const stream = await feed.hub.open(filter, null, null);
    const received = takeNumbers(stream, 400);
    const cut = await flow(filter, 400, () => feed.cut('switchboard:listen'));
    expect(cut).toBeGreaterThanOrEqual(1);
    expect(await received).toEqual(span(1, 400));
    expect(await isQuiet(stream, 400)).toBe(true);
  });

  it('carries more than a notification holds in several, and one event of the largest size', async () => {
    feed.relay();
    const filter = newStream();
    const stream = await feed.hub.open(filter, null, null);
    await feed.emit(filter, span(1, 150), { padding: 'ü"\\'.repeat(60) });
    await feed.emit(filter, [151], { padding: 'x'.repeat(5_960) });
    expect(await takeNumbers(stream, 151)).toEqual(span(1, 151));
    stream.end();
  });

  it('refuses an event that no notification holds when it is emitted, where it can be seen', async () => {
    const filter = newStream();
    await expect(feed.emit(filter, [1], { padding: 'x'.repeat(6_001) })).rejects.toThrow(/NoteAdded has a payload of 60\d\d bytes; 6000 is the most/);
    expect((await feed.admin.query('select 1 from probe.outbox')).rowCount).toBe(0);
  });

  it('is not ended by a message it cannot read', async () => {
    feed.relay();
    const filter = newStream();
    const stream = await feed.hub.open(filter, null, null);
    for (const garbage of ['{', 'null', '{"schema":"probe"}', '{"schema":"probe","events":[{"t":1,"p":"x","s":"","g":null}]}']) {
      await feed.admin.query(`select pg_notify('switchboard_feed', $1)`, [garbage]);
    }
    await feed.emit(filter, [1]);
    expect(await takeNumbers(stream, 1)).toEqual([1]);
    expect(await isQuiet(stream)).toBe(true);
  });

  it('may be closed while it reconnects, and leaves no connection', async () => {
    const { PostgresBus } = await import('../../subgraphs/kernel/messaging/bus.postgres.js');
    const { silentLogger } = await import('../../subgraphs/kernel/base/logger.js');
    const before = (await feed.admin.query(`select 1 from pg_stat_activity where application_name = 'switchboard:listen' and datname = current_database()`)).rowCount;
    for (const pause of [0, 195, 200, 205, 215]) {
      const bus = await PostgresBus.open(feed.server.urls.app['probe'] ?? '', silentLogger);
      await feed.admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'switchboard:listen' and datname = current_database()
        order by backend_start desc limit 1`);
      await wait(pause);
      await bus.close();
    }
    await wait(300);
    const after = (await feed.admin.query(`select 1 from pg_stat_activity where application_name = 'switchboard:listen' and datname = current_database()`)).rowCount;
    expect(after).toBe(before);
  });
});
