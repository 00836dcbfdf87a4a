// Queues are hints: whatever happens to them, what the tables hold is done, once. With the real relay, sweeper and conversations.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { TestConversations, textBody } from '../kit/conversations.js';
import type { TestDatabase } from '../kit/database.js';
import { TestRedis } from '../kit/redis.js';
import { until } from '../kit/until.js';
import { when } from '../kit/when.js';
import { conversationsDoor } from '../../subgraphs/conversations/public.js';
import { noCrash } from '../../subgraphs/kernel/base/crash-points.js';
import { silentLogger } from '../../subgraphs/kernel/base/logger.js';
import { Metrics } from '../../subgraphs/kernel/base/metrics.js';
import { Queues, migrateQueues } from '../../workers/queue.js';
import { processors } from '../../workers/registry.js';
import { Relay } from '../../workers/relay/relay.js';
import { startSweeper } from '../../workers/sweeper/sweeper.js';

const DEADLOCK = '40P01';

interface Ground {
  /** Where the queues of `database` live. */
  url(database: TestDatabase): string;
  /** Empties every queue. */
  deleteAll(database: TestDatabase): Promise<void>;
}

/** The workers of conversations over its real tables, counting how often the sweeper had to help. */
class Works {
  swept = 0;
  readonly #stops: (() => Promise<void>)[];

  constructor(readonly subject: TestConversations, queueUrl: string) {
    const { database, bus, running } = subject.subject;
    const system = new Pool({ connectionString: database.urls.system, max: 2 });
    const queue = new Queues({ url: queueUrl, logger: silentLogger, metrics: new Metrics() });
    const conversations = conversationsDoor(subject.services);
    for (const processor of processors({ conversations }, () => system)) queue.process(processor);
    const relay = new Relay({
      schema: 'conversations', url: database.urls.system, triggers: running.definition.triggers, queue, bus, logger: silentLogger,
      metrics: new Metrics(), crash: noCrash,
    });
    const counted: typeof conversations = { ...conversations, overdue: async (pool) => {
      const found = await conversations.overdue(pool);
      this.swept += found.reduce((sum, { payloads }) => sum + payloads.length, 0);
      return found;
    } };
    const sweeper = startSweeper({ swept: [{ name: 'conversations', door: counted, system }], queue, logger: silentLogger });
    this.#stops = [() => sweeper.stop(), () => relay.stop(), () => queue.close(), () => system.end()];
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops) await stop();
  }

  /** Every delivery is read and every reply is sent. */
  async done(ms: number): Promise<void> {
    await until(async () => {
      const [row] = await this.subject.rows<{ open: string }>(`select (select count(*) from conversations.webhook_delivery where status = 'RECEIVED')
        + (select count(*) from conversations.outbound where state in ('INTENT', 'RETRY', 'ATTEMPTED')) + (select count(*) from conversations.outbox) as open`);
      return row?.open === '0';
    }, 'nothing waits in the tables', ms);
  }
}

function losesNothing({ url, deleteAll }: Ground): void {
  describe('with relay, sweeper and real tables', () => {
    let subject: TestConversations;
    let works: Works;
    let where: string;
    beforeAll(async () => {
      subject = await TestConversations.boot({ sending: true });
      where = url(subject.subject.database);
      await migrateQueues(where);
    });
    afterAll(async () => {
      await works.stop();
      await subject.close();
    });

    it('deleting every queue under load loses nothing and doubles nothing', async () => {
      const conversation = await subject.conversation('15550001111');
      const texts = Array.from({ length: 120 }, (_, index) => `in ${index}`);
      const replies = Array.from({ length: 12 }, (_, index) => `out ${index}`);
      await Promise.all([0, 1, 2].map(async (lane) => {
        for (const text of texts.filter((_, index) => index % 3 === lane)) {
          expect((await subject.receive(textBody({ id: `wamid.${text}`, text, from: `1555000${text.slice(3)}`, name: 'Ana' }))).status).toBe(200);
        }
      }));
      for (const text of replies) await subject.queue(conversation, text);
      // What nobody has tried is taken from the tables and has no job (workers/lanes): all of this was tried once, and is a job's from here on.
      await subject.rows(`update conversations.webhook_delivery set attempts = 1, waiting_since = now() - interval '1 hour' where status = 'RECEIVED'`);
      await subject.rows(`update conversations.outbound set state = 'RETRY' where state = 'INTENT'`);
      works = new Works(subject, where);
      for (let count = 0; count < 40; count += 1) {
        await sleep(40);
        await deleteAll(subject.subject.database);
      }
      await works.done(40_000);
      const stored = await subject.rows<{ text: string }>(`select text from conversations.message where direction = 'INBOUND' and text like 'in %'`);
      expect(stored.map(({ text }) => text).toSorted()).toEqual(texts.toSorted());
      expect(await subject.sent()).toEqual(replies);
      const failed = await subject.rows(`select id from conversations.webhook_delivery where status <> 'PROCESSED'`);
      expect(failed).toEqual([]);
      // Else no job was lost, and this would have proved nothing.
      expect(works.swept).toBeGreaterThan(texts.length + replies.length);
    }, 90_000);
  });
}

describe('on PostgreSQL', () => {
  losesNothing({
    url: (database) => database.urls.system,
    deleteAll: async ({ adminUrl }) => {
      const admin = new Pool({ connectionString: adminUrl, max: 1 });
      try {
        await until(() => admin.query('truncate bullmq.job, bullmq.meta, bullmq.event, bullmq.dedup cascade').then(() => true, (error: { code?: string }) => {
          // The queues at work hold these tables too, in another order.
          if (error.code === DEADLOCK) return false;
          throw error;
        }), 'the queues are deleted');
      } finally {
        await admin.end();
      }
    },
  });
});

when('redis', 'on Redis', (program) => {
  let redis: TestRedis;
  beforeAll(async () => { redis = await TestRedis.start(program); });
  afterAll(() => redis.close());

  losesNothing({ url: () => redis.url, deleteAll: () => redis.flush() });
});
