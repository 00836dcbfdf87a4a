// One change: rows, events and audit in one transaction, then a wake-up for the relay. Besides it only the audit collector writes an outbox.
import { setTimeout as sleep } from 'node:timers/promises';
import { sql, type RawBuilder } from 'kysely';
import type { Actor } from '../base/actor.js';
import type { Clock } from '../base/clock.js';
import type { CrashPoint } from '../base/crash-points.js';
import { newId } from '../base/ids.js';
import { hadToGiveWay } from '../data/database.conflict.js';
import type { Database, Tx } from '../data/database.js';
import type { Scope } from '../data/scope.js';
import { stagedAudit, type AuditDraft, type AuditOrigin, type StagedAudit } from './audit.js';
import { holdsPhi, type AuditClasses } from './audit.redaction.js';
import type { Bus } from './bus.js';
import { MAX_PAYLOAD_BYTES, type EventDefinition, type PendingEvent } from './events.js';
import type { z } from 'zod';

export interface UnitOfWorkDeps {
  schema: string;
  database: Database;
  bus: Bus;
  clock: Clock;
  /** GraphQL type name -> id prefix. */
  ids: Readonly<Record<string, string>>;
  /** What the trail may hold of which property; of those that are absent, nothing. */
  classes?: AuditClasses;
  /** The key of a tenant by which values of its people can be told equal and not be read; dies with the tenant's other keys. */
  auditKey?: (tx: Tx, tenant: string) => Promise<Buffer>;
  /** Where a fault test may kill this process: absent, nowhere. */
  crash?: CrashPoint<string>;
}

export interface EmitOptions {
  streamId?: string | null;
  groupId?: string | null;
}

/** What the body of a change may do besides writing rows. */
export class UnitOfWork {
  readonly events: PendingEvent[] = [];
  readonly audits: { draft: AuditDraft; tenant: string | null; actor: Actor | null; correlationId: string | null }[] = [];
  /** Where one change is made of several requests: to which of them belongs what is told from here on. Null: to that of the change. */
  correlationId: string | null = null;

  constructor(readonly tx: Tx, readonly scope: Scope, readonly now: Date) {}

  /** @throws when the payload does not fit its definition, or no notification: the relay could never publish it */
  emit<P extends z.ZodType>(definition: EventDefinition<P>, payload: z.input<P>, { streamId = null, groupId = null }: EmitOptions = {}): void {
    this.events.push({ definition, payload: checkedPayload(definition, payload), streamId, groupId });
  }

  /**
   * @param tenant whose trail it belongs to; that of the scope when absent. A change of one person may concern several tenants.
   * @param actor who acted, where it is not who makes this change
   */
  audit(draft: AuditDraft, tenant = this.scope.tenant, actor: Actor | null = null): void {
    this.audits.push({ draft, tenant, actor, correlationId: this.correlationId });
  }
}

/** @throws when the payload does not fit its definition, or no notification */
export function checkedPayload<P extends z.ZodType>(definition: EventDefinition<P>, payload: z.input<P>): z.output<P> {
  const parsed = definition.payload.parse(payload);
  const bytes = Buffer.byteLength(JSON.stringify(parsed));
  if (bytes > MAX_PAYLOAD_BYTES) throw new Error(`${definition.name} has a payload of ${bytes} bytes; ${MAX_PAYLOAD_BYTES} is the most: carry ids, not rows.`);
  return parsed;
}

/** In all. Whoever gave way once has let the others through. */
const ATTEMPTS = 5;
/** Times how often it was tried: of two that gave way to each other one comes first. */
const PAUSE_MS = 20;

/**
 * Runs `work` in one transaction. Its outbox rows are written last, so that their ids are drawn after every lock the
 * change takes and the relay sees them in commit order per stream.
 *
 * When PostgreSQL ends it so that others may go on (a deadlock), all of it is done again from the beginning: `work` does nothing but
 * read and write through its unit, and keeps nothing outside from a run that did not come to its end.
 */
export async function runUnit<T>(deps: UnitOfWorkDeps, scope: Scope, origin: AuditOrigin, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await runOnce(deps, scope, origin, work);
    } catch (error) {
      if (attempt === ATTEMPTS || !hadToGiveWay(error)) throw error;
      await sleep(Math.random() * PAUSE_MS * attempt);
    }
  }
}

async function runOnce<T>(deps: UnitOfWorkDeps, scope: Scope, origin: AuditOrigin, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
  const [result, woke] = await deps.database.inScope(scope, async (tx): Promise<[T, boolean]> => {
    const unit = new UnitOfWork(tx, scope, deps.clock.now());
    const value = await work(unit);
    await tx.flush();
    let ownAudits: StagedAudit[] = [];
    for (const tenant of new Set(unit.audits.map((one) => one.tenant))) {
      const own = unit.audits.filter((one) => one.tenant === tenant);
      if (tenant !== scope.tenant) await see(tx, tenant);
      const redaction = { classes: deps.classes ?? {}, key: await keyFor(deps, tx, tenant, own.map(({ draft }) => draft)) };
      const staged = own.map(({ draft, actor, correlationId }) =>
        stagedAudit(draft, { ...origin, actor: actor ?? origin.actor, correlationId: correlationId ?? origin.correlationId }, deps.ids, unit.now, redaction));
      if (tenant === scope.tenant) ownAudits = staged;
      else await stage(tx, deps.schema, tenant, staged);
      if (tenant !== scope.tenant) await see(tx, scope.tenant);
    }
    await writeOut(unit, deps.schema, ownAudits);
    return [value, unit.events.length + unit.audits.length > 0];
  });
  if (woke) deps.bus.wake(deps.schema);
  return result;
}

/** Null when nothing among `drafts` needs one, and for the platform, which has none. */
async function keyFor({ classes = {}, auditKey }: UnitOfWorkDeps, tx: Tx, tenant: string | null, drafts: readonly AuditDraft[]): Promise<Buffer | null> {
  const needed = drafts.some(({ resource, before, after }) => [before, after].some((facts) => holdsPhi(facts, classes[resource?.type ?? ''])));
  return needed && tenant !== null && auditKey ? auditKey(tx, tenant) : null;
}

/** From here on the transaction sees the rows of `tenant`. */
const see = (tx: Tx, tenant: string | null): Promise<unknown> => sql`select set_config('app.tenant_id', ${tenant ?? ''}, true)`.execute(tx.getKysely());

/** What the change tells, in one statement, the last of its transaction: audit events of its own tenant, and the outbox. */
async function writeOut({ tx, events, scope, now }: UnitOfWork, schema: string, audits: StagedAudit[]): Promise<void> {
  if (events.length === 0) return stage(tx, schema, scope.tenant, audits);
  if (scope.tenant === null) throw new Error('Events belong to a tenant: this change has none.');
  const audited = audits.length === 0 ? sql`` : sql`with audited as (${stagingOf(schema, scope.tenant, audits)})`;
  // Columns, not rows: the text is the same however many there are, so that it is prepared. Their order is that of the ids that are drawn.
  await sql`${audited} insert into ${sql.table(`${schema}.outbox`)} (tenant_id, event_id, type, stream_id, group_id, payload, occurred_at)
    select ${scope.tenant}::uuid, e.id, e.type, e.stream_id, e.group_id, e.payload::jsonb, ${now.toISOString()}::timestamptz
    from unnest(${events.map(() => newId())}::uuid[], ${events.map(({ definition }) => definition.name)}::text[], ${events.map(({ streamId }) => streamId)}::uuid[],
      ${events.map(({ groupId }) => groupId)}::uuid[], ${events.map(({ payload }) => JSON.stringify(payload))}::text[]) with ordinality as e (id, type, stream_id, group_id, payload, place)
    order by e.place`.execute(tx.getKysely());
}

async function stage(tx: Tx, schema: string, tenant: string | null, staged: StagedAudit[]): Promise<void> {
  if (staged.length > 0) await stagingOf(schema, tenant, staged).execute(tx.getKysely());
}

/** Ids are drawn anew, but for events that may be handed in again: those are there already. */
function stagingOf(schema: string, tenant: string | null, staged: StagedAudit[]): RawBuilder<unknown> {
  const [ids, events] = [staged.map(({ id }) => id), staged.map((event) => JSON.stringify(event))];
  const columns = sql`unnest(${ids}::uuid[], ${events}::text[]) as a (id, event)`;
  if (tenant === null) return sql`insert into ${sql.table(`${schema}.platform_audit_staging`)} (id, event) select a.id, a.event::jsonb from ${columns} on conflict do nothing`;
  return sql`insert into ${sql.table(`${schema}.audit_staging`)} (tenant_id, id, event) select ${tenant}::uuid, a.id, a.event::jsonb from ${columns} on conflict do nothing`;
}
