// Erases a tenant from one schema, as the system role, and answers in the same schema's outbox. Repeating it is harmless.
import { Client, type Pool } from 'pg';
import type { CrashPoint } from '../../subgraphs/kernel/base/crash-points.js';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
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
  /** For the connection that holds the lock. */
  systemUrl: string;
  job: EraseJob;
  event: ErasedEvent;
  rules: ErasureRules;
  door: ForgettingDoor | undefined;
  bus: Bus;
  logger: Logger;
  crash: CrashPoint<ErasureCrashPoint>;
}

export const eraser = (parts: ErasureParts): Processor => ({
  job: parts.job,
  run: async (payload) => {
    const { schema, system, job, event, rules, door, bus, crash } = parts;
    const { tenantId } = job.payload.parse(payload);
    await alone(parts, tenantId, async () => {
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
    });
  },
});

/**
 * Of two at once one leaves: the first answer stands, so that it must be of everything. The lock has a connection of its own, outside of the pool that the work
 * takes from: erasures of all schemas together would else wait for each other's. Whoever dies gives it back, and tenancy orders again what is not answered.
 */
async function alone({ schema, systemUrl, logger }: ErasureParts, tenantId: string, work: () => Promise<void>): Promise<void> {
  const holder = new Client({ connectionString: systemUrl, keepAlive: true, application_name: `switchboard:erasure:${schema}` });
  // Whoever asks next over it is told; without a listener the process would end.
  holder.on('error', (error) => logger.warn({ err: error.message, schema }, 'the connection that holds the lock of an erasure is lost'));
  try {
    await holder.connect();
    const { rows: [lock] } = await holder.query<{ taken: boolean }>('select pg_try_advisory_lock(hashtextextended($1, 0)) as taken', [`switchboard erasure ${schema} ${tenantId}`]);
    if (lock?.taken) await work();
  } finally {
    await holder.end().catch((error: Error) => logger.warn({ err: error.message, schema }, 'the connection that holds the lock of an erasure did not end'));
  }
}
