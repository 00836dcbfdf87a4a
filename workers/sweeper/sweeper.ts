// The sweeper: tables are the truth, so whatever waits in them too long is enqueued again. Losing a queue loses nothing.
import type { Pool } from 'pg';
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
import type { JobQueue, WaitingWork } from '../../subgraphs/kernel/messaging/jobs.js';
import { Loop } from '../loop.js';

const SWEEP_MS = 1_000;

/** What a door tells the sweeper. */
export interface SweptDoor {
  /** What waits in the tables longer than a job should take, across tenants. */
  overdue(system: Pool): Promise<WaitingWork[]>;
  /** Ends what no job will end any more. @returns how many */
  giveUp?(system: Pool): Promise<number>;
  /** Deletes what is of no use any more. */
  tidy?(system: Pool): Promise<void>;
}

export interface SweeperOptions {
  /** Each door with the system role's pool on its database. */
  swept: { name: string; door: SweptDoor; system: Pool }[];
  queue: JobQueue;
  logger: Logger;
}

export const startSweeper = ({ swept, queue, logger }: SweeperOptions): Loop => new Loop({
  name: 'sweeper', everyMs: SWEEP_MS, logger,
  round: async () => {
    // One subgraph's database away must not keep the work of the others waiting.
    const rounds = await Promise.allSettled(swept.map((one) => sweep(one, queue, logger)));
    const failed = rounds.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
    return false;
  },
});

async function sweep({ name, door, system }: SweeperOptions['swept'][number], queue: JobQueue, logger: Logger): Promise<void> {
  const late: Record<string, number> = {};
  for (const { job, payloads, routine = false } of await door.overdue(system)) {
    await queue.enqueue(job, payloads);
    if (!routine && payloads.length > 0) late[job.name] = payloads.length;
  }
  await door.tidy?.(system);
  const given = await door.giveUp?.(system) ?? 0;
  if (given > 0) late['given up'] = given;
  if (Object.keys(late).length > 0) logger.info({ subgraph: name, late }, 'sweeper found work that its jobs had not done');
}
