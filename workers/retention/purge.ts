// Orders to delete what is too old, taken in turns: a tenant with much to delete comes again behind the others, and an order that nobody came to in time is told of.
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
import type { JobQueue } from '../../subgraphs/kernel/messaging/jobs.js';
import { PURGE_TURN, isInForce, type PurgeJob } from '../../subgraphs/kernel/messaging/retention.js';
import type { Processor } from '../queue.js';

/** @param run deletes while the order is in force, and resolves to how many rows went */
export const inTurns = (job: PurgeJob, run: Processor['run'], queue: JobQueue, logger: Logger): Processor => ({
  job,
  run: async (payload) => {
    const order = job.payload.parse(payload);
    if (!isInForce(order, new Date())) {
      logger.warn({ job: job.name, tenantId: order.tenantId, orderedAt: order.orderedAt, turn: order.turn ?? 0 }, 'an order to delete what is too old has ended before its turn came: the rest waits for tomorrow\'s');
    }
    // Lost, it is given again tomorrow: the rows are the truth.
    if (Number(await run(order)) >= PURGE_TURN) await queue.enqueue(job, [{ ...order, turn: (order.turn ?? 0) + 1 }]);
  },
});
