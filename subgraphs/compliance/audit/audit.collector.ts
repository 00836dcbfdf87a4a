// Moves staged audit events of every subgraph into the trail, where entering is being sealed: never lost, never twice, whoever dies when.
import type { Pool } from 'pg';
import { systemClock, type Clock } from '../../kernel/base/clock.js';
import { noCrash, type CrashPoint } from '../../kernel/base/crash-points.js';
import type { ComplianceCrashPoint } from '../compliance.crash.js';
import { inTransaction, seal, type Unsealed } from '../log/seal.js';
import { PLATFORM_STREAM, streamOf } from '../log/stream.js';
import { readStaged, type StagedRow } from './audit.staged.js';

export interface AuditSource {
  /** Name of the subgraph and of its schema. */
  schema: string;
  /** Connections of the system role to that subgraph's database. */
  pool: Pool;
}

export interface CollectAuditOptions {
  sources: readonly AuditSource[];
  /** Connections of the system role to the database of compliance. May be a source's pool too, if that holds two connections. */
  target: Pool;
  /** Events moved in one transaction; 4000 when absent. */
  batch?: number;
  crashPoint?: CrashPoint<ComplianceCrashPoint>;
  /** Tells what happened just now from what is history; the system's when absent. */
  clock?: Clock;
}

export interface QuarantinedAudit {
  schema: string;
  id: string;
  reason: string;
}

export interface CollectedAudit {
  /** Staged rows that are now in the trail or in quarantine. */
  moved: number;
  /** Those among them that are no audit events; they are kept in `audit_quarantine`. Worth a log line each. */
  quarantined: QuarantinedAudit[];
  /** Why the events of a tenant stay staged, one sentence for each: its log is damaged. Worth an error each. */
  damaged: string[];
}

interface Staging {
  table: 'audit_staging' | 'platform_audit_staging';
  tenantColumn: string;
  /** The stream of a row. */
  stream: string;
  /** The rows of `moved (tenant, id)`. */
  moved: string;
}
const STAGINGS: readonly Staging[] = [
  { table: 'audit_staging', tenantColumn: 'tenant_id', stream: 'tenant_id', moved: '(tenant_id, id) in (select tenant, id from moved)' },
  { table: 'platform_audit_staging', tenantColumn: 'null::uuid', stream: `'${PLATFORM_STREAM}'::uuid`, moved: 'id in (select id from moved)' },
];

/**
 * Moves what is staged now, oldest first. A source whose collector runs elsewhere at this moment is left to it.
 * @throws AggregateError when sources failed, after the others were collected
 */
export async function collectAudit(options: CollectAuditOptions): Promise<CollectedAudit> {
  const { sources, target, batch = 4_000, crashPoint = noCrash, clock = systemClock } = options;
  const collected: CollectedAudit = { moved: 0, quarantined: [], damaged: [] };
  /** Streams that cannot go on: what is staged for them is left where it is until the next run, so that it stands in nobody's way. */
  const stuck = new Map<string, string>();
  const failures: Error[] = [];
  for (const source of sources) {
    try {
      for (const staging of STAGINGS) await drain(source, staging, { target, batch, crashPoint, clock }, collected, stuck);
    } catch (error) {
      failures.push(new Error(`Audit events of ${source.schema} were not collected and stay staged.`, { cause: error }));
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, failures.map((failure) => failure.message).join(' '));
  collected.damaged = [...stuck.values()];
  return collected;
}

async function drain(
  source: AuditSource, staging: Staging, { target, batch, crashPoint, clock }: Required<Omit<CollectAuditOptions, 'sources'>>, collected: CollectedAudit,
  stuck: Map<string, string>,
): Promise<void> {
  if (!/^[a-z_]+$/.test(source.schema)) throw new Error(`${source.schema} is not the name of a schema.`);
  for (;;) {
    const rows = await moveBatch(source, staging, batch, [...stuck.keys()], async (staged) => {
      const copied = await copy(target, source.schema, staged, clock);
      for (const [stream, why] of copied.damaged) stuck.set(stream, why);
      crashPoint('audit:copied');
      return copied;
    });
    if (rows.moved > 0) crashPoint('audit:moved');
    collected.moved += rows.moved;
    collected.quarantined.push(...rows.quarantined);
    if (rows.read < batch) return;
  }
}

interface Copied {
  quarantined: QuarantinedAudit[];
  damaged: ReadonlyMap<string, string>;
}

interface MovedBatch {
  read: number;
  moved: number;
  quarantined: QuarantinedAudit[];
}

/** One transaction on the source: lock, read, `copyOut` (which commits by itself), delete. */
async function moveBatch(
  { schema, pool }: AuditSource, { table, tenantColumn, stream, moved }: Staging, batch: number, stuck: readonly string[],
  copyOut: (staged: StagedRow[]) => Promise<Copied>,
): Promise<MovedBatch> {
  return inTransaction(pool, async (client) => {
    const lock = await client.query<{ held: boolean }>(
      'select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as held', [`switchboard audit collector of ${schema}`],
    );
    if (!lock.rows[0]?.held) return { read: 0, moved: 0, quarantined: [] };
    const { rows } = await client.query<StagedRow>(
      `select ${tenantColumn} as "tenantId", id, event::text as event from ${schema}.${table} where ${stream} <> all ($2::uuid[]) order by id limit $1`, [batch, stuck],
    );
    if (rows.length === 0) return { read: 0, moved: 0, quarantined: [] };
    const { quarantined, damaged } = await copyOut(rows);
    const unreadable = new Set(quarantined.map(({ id }) => id));
    const done = rows.filter(({ tenantId, id }) => !damaged.has(streamOf(tenantId)) || unreadable.has(id));
    await client.query(
      `with moved as (select * from unnest($1::uuid[], $2::uuid[]) as staged (tenant, id))
       delete from ${schema}.${table} where ${moved}`,
      [done.map((row) => row.tenantId), done.map((row) => row.id)],
    );
    return { read: rows.length, moved: done.length, quarantined };
  });
}

/** Seals the batch in one transaction, which commits; what is in the trail already stays as it is. */
async function copy(target: Pool, schema: string, staged: StagedRow[], clock: Clock): Promise<Copied> {
  const events: Unsealed[] = [];
  const malformed: { row: StagedRow; reason: string }[] = [];
  for (const row of staged) {
    const reading = readStaged(row, schema);
    if (reading.ok) events.push(reading.event);
    else malformed.push({ row, reason: reading.reason });
  }
  const { damaged } = await seal(target, events, clock);
  for (const { row, reason } of malformed) {
    await target.query(
      `insert into compliance.audit_quarantine (source, staged_tenant, staged_id, event, reason)
       values ($1, $2, $3, $4::jsonb, $5) on conflict do nothing`,
      [schema, row.tenantId, row.id, row.event, reason],
    );
  }
  return { quarantined: malformed.map(({ row, reason }) => ({ schema, id: row.id, reason })), damaged };
}
