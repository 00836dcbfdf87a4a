// Follows the feeds of the subgraphs for the endpoints of tenants, soon after each event and at the latest every two seconds.
import type { Pool } from 'pg';
import type { CrashPoint } from '../../subgraphs/kernel/base/crash-points.js';
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
import { FEED_CHANNEL, type Bus } from '../../subgraphs/kernel/messaging/bus.js';
import type { JobQueue } from '../../subgraphs/kernel/messaging/jobs.js';
import { sendWebhooksJob } from '../../subgraphs/tenancy/jobs.js';
import { collectWebhooks, WEBHOOK_FEEDS, type WebhookCrashPoint } from '../../subgraphs/tenancy/public.js';
import { Loop } from '../loop.js';

const POLL_MS = 2_000;
// The bus tells of every event there is: what comes close together is collected together.
const GATHER_MS = 150;

export interface WebhookLoopOptions {
  /** Every schema, with the system role's pool on its database. */
  systems: { schema: string; pool: Pool }[];
  /** The database of tenancy. */
  target: Pool;
  queue: JobQueue;
  bus: Bus;
  logger: Logger;
  crash: CrashPoint<WebhookCrashPoint>;
}

export function startWebhookCollector({ systems, target, queue, bus, logger, crash }: WebhookLoopOptions): Loop & { stop(): Promise<void> } {
  const feeds = systems.filter(({ schema }) => WEBHOOK_FEEDS.includes(schema));
  const loop = new Loop({
    name: 'webhook collector', everyMs: POLL_MS, gatherMs: GATHER_MS, logger,
    round: async () => {
      let more = false;
      const failures: unknown[] = [];
      for (const feed of feeds) {
        try {
          const collected = await collectWebhooks({ feed, target, now: new Date(), logger, crash });
          if (!collected) continue;
          more ||= collected.more;
          // Lost, if the queue does not take them: the sweeper finds the endpoints by what is due.
          await queue.enqueue(sendWebhooksJob, collected.endpoints);
        } catch (error) {
          // One subgraph's database away must not keep what others have to say.
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
      return more;
    },
  });
  const stopListening = bus.listen(FEED_CHANNEL, { message: () => loop.wake(), gap: () => loop.wake() });
  const stop = loop.stop.bind(loop);
  return Object.assign(loop, {
    stop: async () => {
      stopListening();
      await stop();
    },
  });
}
