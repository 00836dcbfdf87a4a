// Writes one subgraph's part of the export of a tenant, as the system role, and answers in the same schema's outbox. Killed at any point it begins anew under
// the same names, until its index is written: then it only answers. Two at once are one, because the second finds the lock taken, which the first holds until it has answered, and leaves.
import { Client, type Pool } from 'pg';
import type { CrashPoint } from '../../subgraphs/kernel/base/crash-points.js';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
import type { Bus } from '../../subgraphs/kernel/messaging/bus.js';
import type { ExportedEvent, ExportOrder, ExportPartAnswer, ExportTenantJob } from '../../subgraphs/kernel/messaging/tenant-export.js';
import { checkedPayload } from '../../subgraphs/kernel/messaging/unit-of-work.js';
import { StorageError } from '../../subgraphs/kernel/storage/storage.js';
import type { Processor } from '../queue.js';
import type { PartCrashPoint } from './part.crash.js';
import { writePart, type PartSources } from './part.files.js';

export interface ExportParts extends PartSources {
  /** For the answer. A part takes minutes: it is read over a connection of its own. */
  system: Pool;
  systemUrl: string;
  job: ExportTenantJob;
  event: ExportedEvent;
  bus: Bus;
  logger: Logger;
  crash: CrashPoint<PartCrashPoint>;
}

export const partExporter = (parts: ExportParts): Processor => ({
  job: parts.job,
  run: async (payload) => {
    const { schema, system, job, event, bus, crash } = parts;
    const tell = async (answer: ExportPartAnswer): Promise<void> => {
      crash('tenant-export:part');
      await system.query(`insert into ${schema}.outbox (tenant_id, event_id, type, payload, occurred_at) values ($1, $2, $3, $4, now())`,
        [answer.tenantId, newId(), event.name, JSON.stringify(checkedPayload(event, answer))]);
      bus.wake(schema);
    };
    const order = job.payload.parse(payload);
    if (!order.subgraphs.includes(schema)) return;
    await tryPart(parts, order, tell);
  },
});

/** @param tell is not called when somebody else is at it */
async function tryPart(parts: ExportParts, order: ExportOrder, tell: (answer: ExportPartAnswer) => Promise<void>): Promise<void> {
  const { schema, systemUrl, logger } = parts;
  const client = new Client({ connectionString: systemUrl, application_name: `switchboard:tenant-export:${schema}` });
  // Whoever asks next over it is told; without a listener the process would end.
  client.on('error', (error) => logger.warn({ err: error.message, schema }, 'the connection of an export is lost'));
  try {
    const answer = await part(client, parts, order);
    if (answer) await tell(answer);
  } finally {
    await client.end().catch((error: Error) => logger.warn({ err: error.message, schema }, 'the connection of an export did not end'));
  }
}

/** Null: somebody else is at it. The lock is held until the connection ends. */
async function part(client: Client, parts: ExportParts, { tenantId, exportId, attempt }: ExportOrder): Promise<ExportPartAnswer | null> {
  const { schema, logger } = parts;
  try {
    await client.connect();
    // One moment for all tables. It holds back vacuum until the part is written.
    await client.query('begin isolation level repeatable read, read only');
    await client.query(`set local timezone = 'UTC'`);
    const { rows: [lock] } = await client.query<{ taken: boolean }>('select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as taken', [`switchboard tenant export ${schema} ${tenantId}`]);
    if (!lock?.taken) return null;
    return { tenantId, exportId, attempt, part: await writePart(client, parts, { tenantId, exportId, attempt }), failure: null };
  } catch (error) {
    logger.error({ err: error, schema, tenantId, exportId, attempt }, 'a part of the export of a tenant could not be written');
    return { tenantId, exportId, attempt, part: null, failure: error instanceof StorageError ? 'STORAGE' : 'INTERNAL' };
  }
}
