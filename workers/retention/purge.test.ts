// Turns of orders to delete: whoever has more comes again behind the others, and an order that has ended is told of.
import { expect, it } from '@jest/globals';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
import { PURGE_TURN, purgeJobOf, type RetentionOrder } from '../../subgraphs/kernel/messaging/retention.js';
import { inTurns } from './purge.js';

it('puts an order back while there is more, each time under another key, and warns of one that came too late', async () => {
  const job = purgeJobOf('identity');
  const order: RetentionOrder = { tenantId: newId(), orderedAt: new Date().toISOString(), before: {} };
  const waiting: RetentionOrder[] = [order];
  const [keys, warned]: [string[], unknown[]] = [[], []];
  let left = 2 * PURGE_TURN + 1;
  const { run } = inTurns(job, async () => {
    const rows = Math.min(left, PURGE_TURN);
    left -= rows;
    return rows;
  }, { enqueue: async (_job, payloads) => { waiting.push(...payloads as RetentionOrder[]); } }, { warn: (of: unknown) => warned.push(of) } as unknown as Logger);
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    keys.push(job.key(next));
    await run(next);
  }
  expect([left, new Set(keys).size, warned]).toEqual([0, 3, []]);
  await run({ ...order, orderedAt: new Date(Date.now() - 15 * 60_000).toISOString() });
  expect([waiting, warned]).toEqual([[], [expect.objectContaining({ job: 'identity.purge', tenantId: order.tenantId })]]);
});
