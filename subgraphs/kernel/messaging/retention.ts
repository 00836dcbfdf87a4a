// Deleting what is older than a tenant keeps it: tenancy orders it once a day, and each subgraph that keeps such rows deletes them. What each contributes is made here.
import { z } from 'zod';
import { systemActor } from '../base/actor.js';
import type { CrashPoint } from '../base/crash-points.js';
import type { Scope } from '../data/scope.js';
import type { Tx } from '../data/database.js';
import { defineJob, type JobDefinition, type JobReaction } from './jobs.js';
import type { RetentionCrashPoint } from './retention.crash.js';
import { runUnit, type UnitOfWorkDeps } from './unit-of-work.js';

const order = z.object({
  tenantId: z.uuid(), orderedAt: z.iso.datetime(),
  /** By class: what is older goes. */
  before: z.record(z.string(), z.iso.datetime()),
  /** How often it was put back behind the orders of others. */
  turn: z.number().int().positive().optional(),
});
export type RetentionOrder = z.infer<typeof order>;
export type PurgeJob = JobDefinition<typeof order>;

/** An order is worth nothing after that: the tenant may have been shut since, or keep things longer. The next day brings another. */
const HOLDS_MS = 15 * 60_000;
/** Whether an order is still to be followed. */
export const isInForce = ({ orderedAt }: Pick<RetentionOrder, 'orderedAt'>, now: Date): boolean => now.getTime() - Date.parse(orderedAt) < HOLDS_MS;
/** Rows of one transaction. */
export const PURGE_BATCH = 500;
/** Rows of one turn, and a batch at most beyond them: whoever has more comes again after the others. */
export const PURGE_TURN = 40 * PURGE_BATCH;
export const PURGE_ACTION = 'retention.purge';
export const PURGE_CLASSES = { dataClass: 'plain', rows: 'plain', before: 'plain' } as const;

/** @param subgraph whose rows it deletes */
export const purgeJobOf = (subgraph: string): PurgeJob => defineJob({
  name: `${subgraph}.purge`, description: 'Deletes what is older than a tenant keeps it.', payload: order, concurrency: 1,
  key: ({ tenantId, orderedAt, turn = 0 }) => `${tenantId}-${Date.parse(orderedAt)}-${turn}`,
});

const ordered = order.omit({ tenantId: true, turn: true });
export const purgeReaction = (job: PurgeJob): JobReaction =>
  ({ from: 'tenancy', event: 'RetentionOrdered', version: 1, job, payload: (tenantId, event) => ({ tenantId, ...ordered.parse(event) }) });

/** One kind of data that is kept for so long and no longer. */
export interface RetainedClass {
  /** As tenancy names it. */
  name: string;
  /** How many rows are older, counted up to `most`. */
  count(tx: Tx, tenantId: string, before: Date, most: number): Promise<number>;
  /** Deletes at most `PURGE_BATCH` of them, passing over what others hold. @returns how many */
  purge(tx: Tx, tenantId: string, before: Date): Promise<number>;
}

export interface PurgeParts {
  classes: readonly RetainedClass[];
  /** In which the rows may be deleted. */
  scopeOf: (tenantId: string) => Scope;
  crash: CrashPoint<RetentionCrashPoint>;
}

/**
 * What is deleted and the event that says so are one transaction a batch, so that a process that is killed has told of all it did, and the same order,
 * or the next one, goes on where it was: `retention.crash.ts`.
 *
 * @returns how many rows went; from `PURGE_TURN` on there may be more
 */
export async function purge(deps: UnitOfWorkDeps, { classes, scopeOf, crash }: PurgeParts, { tenantId, orderedAt, before }: RetentionOrder): Promise<number> {
  let gone = 0;
  for (const one of classes) {
    const limit = before[one.name];
    if (limit === undefined) continue;
    for (let last = PURGE_BATCH; last === PURGE_BATCH && gone < PURGE_TURN && isInForce({ orderedAt }, deps.clock.now()); gone += last) {
      last = await runUnit(deps, scopeOf(tenantId), { actor: systemActor(tenantId), correlationId: `retention-${tenantId}` }, async (unit) => {
        const rows = await one.purge(unit.tx, tenantId, new Date(limit));
        if (rows > 0) {
          unit.audit({
            action: PURGE_ACTION, type: 'DATA_DELETE', outcome: 'SUCCESS', resource: { type: 'Tenant', id: tenantId }, after: { dataClass: one.name, rows, before: limit },
          });
          crash('retention:deleted');
        }
        return rows;
      });
      if (last > 0) crash('retention:batch');
    }
  }
  return gone;
}
