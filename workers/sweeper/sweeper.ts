// The sweeper: tables are the truth, so whatever waits in them too long is enqueued again. Losing a queue loses nothing.
import type { Pool } from 'pg';
import { ingestJob, sendJob } from '../../subgraphs/conversations/jobs.js';
import type { ConversationsDoor } from '../../subgraphs/conversations/public.js';
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
import type { JobQueue } from '../../subgraphs/kernel/messaging/jobs.js';
import { Loop } from '../loop.js';

const SWEEP_MS = 1_000;

export interface SweeperOptions {
  conversations: ConversationsDoor;
  system: Pool;
  queue: JobQueue;
  logger: Logger;
}

export const startSweeper = ({ conversations, system, queue, logger }: SweeperOptions): Loop => new Loop({
  name: 'sweeper', everyMs: SWEEP_MS, logger,
  round: async () => {
    const { ingest, send } = await conversations.overdue(system);
    await queue.enqueue(ingestJob, ingest);
    await queue.enqueue(sendJob, send);
    const given = await conversations.giveUpUnclear(system);
    if (ingest.length + send.length + given > 0) {
      logger.info({ ingest: ingest.length, send: send.length, unconfirmed: given }, 'sweeper found work that its jobs had not done');
    }
    return false;
  },
});
