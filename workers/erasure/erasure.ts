// Erases a tenant from one schema, as the system role, and answers in the same schema's outbox. Repeating it is harmless.
import type { Pool } from 'pg';
import type { CrashPoint } from '../../subgraphs/kernel/base/crash-points.js';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { destroyKeys } from '../../subgraphs/kernel/crypto/destroy.js';
import { eraseTenantRows, inTransaction, takeErasedRows, type ErasureRules } from '../../subgraphs/kernel/data/tenant-rows.js';
import type { Bus } from '../../subgraphs/kernel/messaging/bus.js';
import type { ErasedEvent, EraseJob } from '../../subgraphs/kernel/messaging/erasure.js';
import { checkedPayload } from '../../subgraphs/kernel/messaging/unit-of-work.js';
import type { Processor } from '../queue.js';
import type { ErasureCrashPoint } from './erasure.crash.js';

/** What a door may know besides rows: files, for instance. */
export interface ForgettingDoor {
  forget(tenantId: string): Promise<void>;
}

export interface ErasureParts {
  schema: string;
  system: Pool;
  job: EraseJob;
  event: ErasedEvent;
  rules: ErasureRules;
  door: ForgettingDoor | undefined;
  bus: Bus;
  crash: CrashPoint<ErasureCrashPoint>;
}

export const eraser = ({ schema, system, job, event, rules, door, bus, crash }: ErasureParts): Processor => ({
  job,
  run: async (payload) => {
    const { tenantId } = job.payload.parse(payload);
    // Before the rows that say where they are.
    await door?.forget(tenantId);
    await eraseTenantRows(system, schema, tenantId, rules, (client) => destroyKeys(client, schema, tenantId), () => crash('erasure:batch'));
    crash('erasure:rows');
    // And after them: a file that was being written meanwhile finds no row that could name it.
    await door?.forget(tenantId);
    await inTransaction(system, async (client) => {
      const answer = checkedPayload(event, { tenantId, tables: await takeErasedRows(client, schema, tenantId) });
      await client.query(`insert into ${schema}.outbox (tenant_id, event_id, type, payload, occurred_at) values ($1, $2, $3, $4, now())`,
        [tenantId, newId(), event.name, JSON.stringify(answer)]);
    });
    crash('erasure:answered');
    bus.wake(schema);
  },
});
