// The same promises hold for queues on PostgreSQL and on Redis: hints are not doubled, jobs run and end as their definition says.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { z } from 'zod';
import { createTestDatabase, type TestDatabase } from '../test/kit/database.js';
import { TestRedis } from '../test/kit/redis.js';
import { until } from '../test/kit/until.js';
import { when } from '../test/kit/when.js';
import { silentLogger } from '../subgraphs/kernel/base/logger.js';
import { Metrics } from '../subgraphs/kernel/base/metrics.js';
import { defineJob } from '../subgraphs/kernel/messaging/jobs.js';
import { Queues, migrateQueues } from './queue.js';

const job = (name: string, concurrency = 2) => defineJob({
  name: `probe.${name}`, description: 'A probe.', payload: z.object({ id: z.string() }), concurrency, key: ({ id }) => id,
});
const idOf = (payload: unknown): string => (payload as { id: string }).id;

const opened: Queues[] = [];
const open = (url: string): Queues => {
  const queues = new Queues({ url, logger: silentLogger, metrics: new Metrics() });
  opened.push(queues);
  return queues;
};
afterEach(async () => { await Promise.all(opened.splice(0).map((queues) => queues.close())); });

/** Enqueues as soon as the connection stands. */
const enqueue = (queues: Queues, of: ReturnType<typeof job>, ids: string[]): Promise<void> =>
  until(() => queues.enqueue(of, ids.map((id) => ({ id }))).then(() => true, (error: Error) => {
    if (/cannot be reached|writeable|Connection is closed/.test(error.message)) return false;
    throw error;
  }), 'the hints are taken');

/** @param url where the queues of a database live */
function keepsTheContract(url: (database: TestDatabase) => string): void {
  describe('jobs', () => {
    let database: TestDatabase;
    let where: string;
    beforeAll(async () => {
      database = await createTestDatabase([]);
      where = url(database);
      await migrateQueues(where);
    });
    afterAll(() => database.drop());

    it('wait once for each key, and may come again when they are done', async () => {
      const queues = open(where);
      const ran: string[] = [];
      const probe = job('once');
      await enqueue(queues, probe, ['a', 'b', 'a']);
      await enqueue(open(where), probe, ['b', 'c']);
      queues.process({ job: probe, run: async (payload) => { ran.push(idOf(payload)); } });
      await until(async () => ran.length >= 3, 'three jobs ran');
      await sleep(200);
      expect(ran.toSorted()).toEqual(['a', 'b', 'c']);
      await enqueue(queues, probe, ['a']);
      await until(async () => ran.length === 4, 'the fourth job ran');
      expect(ran[3]).toBe('a');
    });

    it('of one kind run as many at a time as their definition says', async () => {
      const queues = open(where);
      const probe = job('parallel', 3);
      let running = 0;
      let most = 0;
      let done = 0;
      await enqueue(queues, probe, Array.from({ length: 12 }, (_, index) => `job ${index}`));
      queues.process({ job: probe, run: async () => {
        running += 1;
        most = Math.max(most, running);
        await sleep(40);
        running -= 1;
        done += 1;
      } });
      await until(async () => done === 12, 'all jobs ran');
      expect(most).toBe(3);
    });

    it('that fail are tried three times, then forgotten, so that the sweeper may bring them again', async () => {
      const queues = open(where);
      const probe = job('failing');
      let tries = 0;
      queues.process({ job: probe, run: async () => {
        tries += 1;
        throw new Error('It never works.');
      } });
      await enqueue(queues, probe, ['a']);
      await until(async () => tries === 3, 'it was tried three times');
      await sleep(2_500);
      expect(tries).toBe(3);
      await enqueue(queues, probe, ['a']);
      await until(async () => tries === 4, 'it is tried again');
    });

    it('that run are let finish by close, which starts no other', async () => {
      const queues = new Queues({ url: where, logger: silentLogger, metrics: new Metrics() });
      const probe = job('closing', 1);
      const events: string[] = [];
      const { promise: gate, resolve: release } = Promise.withResolvers<void>();
      queues.process({ job: probe, run: async (payload) => {
        events.push(`begun ${idOf(payload)}`);
        await gate;
        events.push(`ended ${idOf(payload)}`);
      } });
      await enqueue(queues, probe, ['a', 'b']);
      await until(async () => events.length === 1, 'the first job runs');
      const closed = queues.close().then(() => { events.push('closed'); });
      await sleep(300);
      expect(events).toEqual(['begun a']);
      release();
      await closed;
      expect(events).toEqual(['begun a', 'ended a', 'closed']);
      // It ended in good order: the job that did not begin is there for the next process, and only that one.
      const ran: string[] = [];
      open(where).process({ job: probe, run: async (payload) => { ran.push(idOf(payload)); } });
      await until(async () => ran.length === 1, 'the second job runs');
      expect(ran).toEqual(['b']);
    });
  });
}

describe('on PostgreSQL', () => {
  keepsTheContract((database) => database.urls.system);

  it('listens for all kinds on one connection, and anew when that is lost', async () => {
    const database = await createTestDatabase([]);
    const admin = new Client({ connectionString: database.adminUrl });
    await admin.connect();
    try {
      await migrateQueues(database.urls.system);
      const queues = open(database.urls.system);
      const ran: string[] = [];
      const probes = Array.from({ length: 12 }, (_, index) => job(`shared${index}`));
      for (const probe of probes) queues.process({ job: probe, run: async (payload) => { ran.push(idOf(payload)); } });
      const all = async (id: string): Promise<void> => {
        for (const probe of probes) await enqueue(queues, probe, [id]);
        await until(async () => ran.length === probes.length, `every worker has run ${id}`);
        expect(ran.splice(0)).toEqual(probes.map(() => id));
      };
      const listening = `from pg_stat_activity where datname = current_database() and query like '%LISTEN bullmq_jobs%' and pid <> pg_backend_pid()`;
      const count = async (): Promise<number> => (await admin.query<{ n: number }>(`select count(*)::int as n ${listening}`)).rows[0]?.n ?? 0;
      await all('before');
      expect(await count()).toBe(1);
      const [lost] = (await admin.query<{ pid: number }>(`select pid, pg_terminate_backend(pid) ${listening}`)).rows;
      await all('after');
      await until(async () => (await count()) === 1, 'one listens again');
      expect((await admin.query<{ pid: number }>(`select pid ${listening}`)).rows).not.toEqual([{ pid: lost?.pid }]);
    } finally {
      await Promise.all(opened.splice(0).map((queues) => queues.close()));
      await admin.end();
      await database.drop();
    }
  });

  it('begins when its database is ready, however late', async () => {
    const database = await createTestDatabase([]);
    try {
      const queues = open(database.urls.system);
      const probe = job('late');
      const ran: string[] = [];
      queues.process({ job: probe, run: async (payload) => { ran.push(idOf(payload)); } });
      await expect(queues.enqueue(probe, [{ id: 'a' }])).rejects.toThrow();
      await sleep(700);
      await migrateQueues(database.urls.system);
      await enqueue(queues, probe, ['b']);
      await until(async () => ran.length === 1, 'the job ran');
      expect(ran).toEqual(['b']);
    } finally {
      await Promise.all(opened.splice(0).map((queues) => queues.close()));
      await database.drop();
    }
  });
});

when('redis', 'on Redis', (program) => {
  let redis: TestRedis;
  beforeAll(async () => { redis = await TestRedis.start(program); });
  afterAll(() => redis.close());

  keepsTheContract(() => redis.url);

  it('keeps its keys under its own prefix', async () => {
    const queues = open(redis.url);
    await enqueue(queues, job('prefixed'), ['a']);
    const keys = await redis.admin((client) => client.keys('*'));
    expect(keys.filter((key) => !key.startsWith('switchboard:'))).toEqual([]);
    expect(keys).toContain('switchboard:probe.prefixed:a');
  });

  it('refuses hints at once while Redis is away, and goes on when it is back', async () => {
    const queues = open(redis.url);
    const probe = job('away');
    const ran: string[] = [];
    queues.process({ job: probe, run: async (payload) => { ran.push(idOf(payload)); } });
    await enqueue(queues, probe, ['before']);
    await until(async () => ran.length === 1, 'the first job ran');
    await redis.kill();
    await until(async () => queues.enqueue(probe, [{ id: 'lost' }]).then(() => false, () => true), 'enqueueing fails');
    // A hundred that each waited for it to be back would not end within this test.
    for (let count = 0; count < 100; count += 1) await expect(queues.enqueue(probe, [{ id: 'lost' }])).rejects.toThrow();
    await redis.start();
    await enqueue(queues, probe, ['after']);
    await until(async () => ran.length === 2, 'the next job ran');
    expect(ran).toEqual(['before', 'after']);
  });

  it('fails soon on a server that hangs', async () => {
    const queues = open(redis.url);
    const probe = job('hanging');
    await enqueue(queues, probe, ['a']);
    redis.pause();
    await expect(queues.enqueue(probe, [{ id: 'b' }])).rejects.toThrow('timed out');
    redis.resume();
    await enqueue(queues, probe, ['c']);
  });

  it('closes while Redis is away, after the running job', async () => {
    const never = new Queues({ url: 'redis://127.0.0.1:1', logger: silentLogger, metrics: new Metrics() });
    never.process({ job: job('never'), run: async () => undefined });
    await sleep(100);
    await never.close();
    const queues = new Queues({ url: redis.url, logger: silentLogger, metrics: new Metrics() });
    const probe = job('abandoned', 1);
    const { promise: gate, resolve: release } = Promise.withResolvers<void>();
    let ended = false;
    let begun = false;
    queues.process({ job: probe, run: async () => {
      begun = true;
      await gate;
      ended = true;
    } });
    await enqueue(queues, probe, ['a']);
    await until(async () => begun, 'the job runs');
    await redis.kill();
    const closed = queues.close();
    expect(await Promise.race([closed.then(() => 'closed'), sleep(2_500, 'waits')])).toBe('waits');
    release();
    await closed;
    expect(ended).toBe(true);
    await redis.start();
  }, 30_000);
});
