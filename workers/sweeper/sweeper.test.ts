// Queues are hints: equal jobs are one, failed ones are tried again, and when every queue is emptied the sweeper loses nothing.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { TestConversations, textBody } from '../../test/kit/conversations.js';
import { conversationsDoor } from '../../subgraphs/conversations/public.js';
import { triggers } from '../../subgraphs/conversations/jobs.js';
import { noCrash } from '../../subgraphs/kernel/base/crash-points.js';
import { silentLogger } from '../../subgraphs/kernel/base/logger.js';
import { Metrics } from '../../subgraphs/kernel/base/metrics.js';
import { defineJob } from '../../subgraphs/kernel/messaging/jobs.js';
import { conversationsLanes } from '../lanes/conversations.lanes.js';
import { migrateQueues, Queues } from '../queue.js';
import { processedJobs, processors } from '../registry.js';
import { Relay } from '../relay/relay.js';
import { startSweeper } from './sweeper.js';

let house: TestConversations;
let system: Pool;
beforeAll(async () => {
  house = await TestConversations.boot({ sending: true });
  await migrateQueues(house.subject.database.urls.system);
  system = new Pool({ connectionString: house.subject.database.urls.system, max: 3 });
});
afterAll(async () => {
  await system?.end();
  await house?.close();
});

const queues = (): Queues => new Queues({ url: house.subject.database.urls.system, logger: silentLogger, metrics: new Metrics(), maxConnections: 3 + processedJobs.length });
async function until(condition: () => Promise<boolean> | boolean, milliseconds: number): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('It did not come to that in time.');
    await wait(25);
  }
}
/** @returns how many rows there were */
async function loseEveryQueue(): Promise<number> {
  const tables = await house.rows<{ name: string }>(`select quote_ident(tablename) as name from pg_tables where schemaname = 'bullmq' and tablename not like '%migration%'`);
  let lost = 0;
  for (const { name } of tables) lost += (await house.admin.query(`delete from bullmq.${name}`)).rowCount ?? 0;
  return lost;
}

describe('a queue', () => {
  const job = defineJob({
    name: 'test.note', description: 'Notes what ran.', payload: z.object({ key: z.string(), round: z.number() }), concurrency: 2, key: ({ key }) => key,
  });

  it('keeps one waiting job of equal keys, runs others side by side, and takes the key again afterwards', async () => {
    const one = queues();
    const ran: string[] = [];
    const gate = Promise.withResolvers<void>();
    try {
      await one.enqueue(job, [{ key: 'a', round: 1 }, { key: 'a', round: 2 }, { key: 'b', round: 1 }]);
      await one.enqueue(job, [{ key: 'a', round: 3 }]);
      one.process({ job, run: async (payload) => {
        const { key, round } = job.payload.parse(payload);
        ran.push(`${key}${round}`);
        await gate.promise;
      } });
      await until(() => ran.length === 2, 5_000);
      await one.enqueue(job, [{ key: 'a', round: 4 }]);
      await wait(100);
      expect(ran.toSorted()).toEqual(['a1', 'b1']);
      gate.resolve();
      await until(async () => {
        await one.enqueue(job, [{ key: 'a', round: 5 }]);
        return ran.includes('a5');
      }, 5_000);
      expect(ran.filter((name) => name === 'a4')).toEqual([]);
    } finally {
      gate.resolve();
      await one.close();
    }
  });

  it('tries a failed job again, three times in all, and refuses a payload that is none', async () => {
    const one = queues();
    const tries: number[] = [];
    try {
      one.process({ job, run: async () => { tries.push(Date.now()); throw new Error('always'); } });
      await one.enqueue(job, [{ key: 'failing', round: 1 }]);
      await until(() => tries.length === 3, 8_000);
      await expect(one.enqueue(job, [{ key: 7 }])).rejects.toThrow();
    } finally {
      await one.close();
    }
    expect(tries).toHaveLength(3);
  });
});

describe('losing every queue', () => {
  it('under load loses nothing: every message is stored once, every reply sent once', async () => {
    const people = 12;
    const door = conversationsDoor(house.services);
    const queue = queues();
    const relay = new Relay({
      schema: 'conversations', url: house.subject.database.urls.system, triggers, queue, bus: house.subject.bus, logger: silentLogger, metrics: new Metrics(), crash: noCrash,
    });
    let lost = 0;
    try {
      const threads = await Promise.all(Array.from({ length: people }, (_, index) => house.conversation(`1555700${index}`)));
      // Jobs pile up with nobody to run them, and are gone.
      const load = async (round: number): Promise<void> => {
        for (const [index, thread] of threads.entries()) {
          await house.receive(textBody({ id: `wamid.load.${round}.${index}`, text: `in ${round}`, from: `1555700${index}`, name: 'x' }));
          await house.queue(thread, `out ${round}.${index}`);
        }
      };
      await load(1);
      // As after a first attempt that failed: only what is tried again has a job.
      await house.rows(`update conversations.webhook_delivery set attempts = 1, waiting_since = now() - interval '1 hour' where status = 'RECEIVED'`);
      await house.rows(`update conversations.outbound set state = 'RETRY'`);
      for (const { job, payloads } of await door.overdue(system)) await queue.enqueue(job, payloads);
      lost += await loseEveryQueue();
      for (const processor of processors({ conversations: door }, () => system)) queue.process(processor);
      const sweeper = startSweeper({ swept: [{ name: 'conversations', door, system }], queue, logger: silentLogger });
      const lanes = conversationsLanes({ door, system, bus: house.subject.bus, logger: silentLogger, metrics: new Metrics() }, null);
      try {
        const losing = (async () => { for (let time = 0; time < 6; time += 1) { await wait(30); lost += await loseEveryQueue(); } })();
        await Promise.all([load(2), losing]);
        await until(async () => (await house.waiting()).length === 0, 15_000);
        await until(async () => (await house.rows(`select 1 from conversations.outbound where state <> 'ACCEPTED'`)).length === 0, 15_000);
      } finally {
        await Promise.all([sweeper.stop(), ...lanes.map((one) => one.stop())]);
      }
    } finally {
      await relay.stop();
      await queue.close();
    }
    expect(lost).toBeGreaterThan(2 * people);
    const stored = await house.rows<{ text: string; n: number }>(
      `select text, count(*)::int as n from conversations.message where direction = 'INBOUND' and text like 'in %' group by text order by text`);
    expect(stored).toEqual([{ text: 'in 1', n: people }, { text: 'in 2', n: people }]);
    expect((await house.sent()).toSorted()).toEqual([1, 2].flatMap((round) => Array.from({ length: people }, (_, index) => `out ${round}.${index}`)).toSorted());
    expect(await house.rows(`select conversation_id from conversations.message group by conversation_id having max(seq) <> count(*)`)).toEqual([]);
  });
});
