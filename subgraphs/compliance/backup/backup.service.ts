// Backups: asked for by a mutation or by the day, done by a job, told in the platform's trail.
//
// Crash table.
// | step | what is committed | what a restart does |
// | asked for, or the day has come | a row that is due | the sweeper enqueues it |
// | claimed | when it must have been heard of again | after a minute of silence the sweeper enqueues it anew; what was stored is not stored again |
// | done | what came of it, and the event | a second end finds none that runs |
import { sql, type Selectable } from 'kysely';
import type { Pool } from 'pg';
import { systemActor } from '../../kernel/base/actor.js';
import { ErrorCode, Refusal, invalidInput } from '../../kernel/base/errors.js';
import { isUuid, newId } from '../../kernel/base/ids.js';
import { platformScope, tenantScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page, type PageArgs } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { AuditDraft } from '../../kernel/messaging/audit.js';
import { runUnit } from '../../kernel/messaging/unit-of-work.js';
import { db, type ComplianceTables } from '../tables.js';
import type { BackupKind, BackupLevel, BackupRunState } from './backup.entity.js';
import { BackupFailure, type BackupPort } from './backup.port.js';
import { nextSlot, scheduleSlot } from './backup.schedule.js';
import { LOOK_MS, scheduleTenants } from './tenant.schedule.js';

export type BackupRunRow = Selectable<ComplianceTables['BackupRun']>;

export interface BackupWish {
  kind: BackupKind;
  label: string;
  backupId?: string | null;
  wanted?: BackupLevel | null;
  /** Of whom alone. */
  tenant?: string | null;
}

/** Null: whatever it is. */
interface WantedRuns {
  kind: BackupKind | null;
  state: BackupRunState | null;
  tenant: string | null;
}

export interface BackupStatusRow {
  configured: boolean;
  nextAt: Date | null;
  keptUntil: Date | null;
  failing: string | null;
  alarm: string | null;
  alarmAt: Date | null;
}

/** A run that has not been heard of for so long has died with its process. */
const SILENCE_MS = 60_000;
const TELL_MS = 3_000;
/** Findings that are kept: more say nothing new. */
const MAX_FINDINGS = 100;
const isId = (value: unknown): boolean => typeof value === 'string' && isUuid(value);

export class BackupService {
  /** When this process last looked which tenants want a backup. */
  #lookedAt = 0;

  constructor(private readonly deps: SubgraphDeps) {}

  /** @throws Refusal while one of this kind runs, or when there is no place for backups */
  async request(ctx: OperationContext, { kind, label, backupId = null, wanted = null, tenant = null }: BackupWish): Promise<BackupRunRow> {
    if (!this.#configured) throw new Refusal('BackupsNotConfigured', ErrorCode.WRONG_STATE, 'This installation has no place for backups: BACKUP_FOLDER or BACKUP_BUCKET names one.');
    if (tenant !== null && !await this.#isTenant(tenant)) throw invalidInput('There is no tenant of this id.', ['input', 'tenantId']);
    return ctx.mutate(async (unit, audit) => {
      const row = await db(unit.tx).insertInto('BackupRun').values({
        id: newId(), kind, state: 'RUNNING', slot: null, label, backupId, wanted, tenant, requestedAt: unit.now, dueAt: unit.now, progress: 0, findings: '[]',
      } as never).onConflict((on) => on.doNothing()).returningAll().executeTakeFirst();
      if (!row) throw new Refusal('BackupRunning', ErrorCode.WRONG_STATE, kind === 'VERIFY' ? 'A backup is being verified already: wait until it has ended.' : 'A backup is being taken already: wait until it has ended.');
      audit.draft.resource = { type: 'BackupRun', id: row.id };
      audit.draft.after = { label, ...(wanted ? { wanted } : {}), ...(tenant ? { tenant } : {}) };
      return row;
    });
  }

  /** Newest first. */
  async page(ctx: OperationContext, { first, after }: PageArgs, { kind, state, tenant }: WantedRuns): Promise<Page<BackupRunRow>> {
    const size = pageSize(first);
    const [last] = decodeCursor(after, [isId]) ?? [];
    let query = db(await ctx.read()).selectFrom('BackupRun').selectAll().orderBy('id', 'desc').limit(size + 1);
    if (last !== undefined) query = query.where('id', '<', String(last));
    if (kind !== null) query = query.where('kind', '=', kind);
    if (state !== null) query = query.where('state', '=', state);
    if (tenant !== null) query = query.where('tenant', '=', tenant);
    return pageOf(await query.execute(), size, after, ({ id }) => encodeCursor([id]));
  }

  async status(ctx: OperationContext): Promise<BackupStatusRow> {
    const now = this.deps.clock.now();
    const read = db(await ctx.read());
    const [log, newest] = [
      await read.selectFrom('BackupLog').selectAll().executeTakeFirst(),
      await read.selectFrom('BackupRun').select('slot').where('kind', '=', 'CREATE').where('slot', 'is not', null).orderBy('slot', 'desc').limit(1).executeTakeFirst(),
    ];
    return {
      configured: this.#configured, nextAt: this.#configured ? nextSlot(newest?.slot ?? null, now) : null,
      keptUntil: log?.keptUntil ?? null, failing: log?.failing ?? null, alarm: log?.alarm ?? null, alarmAt: log?.alarmAt ?? null,
    };
  }

  /** What is due, the day's backup among it once its time has come. */
  async due(system: Pool): Promise<{ runId: string }[]> {
    const now = this.deps.clock.now();
    if (this.#configured) {
      await scheduleSlot(system, now);
      if (Math.abs(now.getTime() - this.#lookedAt) >= LOOK_MS) {
        this.#lookedAt = now.getTime();
        await scheduleTenants(system, now);
      }
    }
    return (await system.query<{ runId: string }>(`select id as "runId" from compliance.backup_run where due_at <= $1`, [now])).rows;
  }

  /** Does what is due, unless somebody else does. @returns whether it has ended here */
  async run(id: string, port: BackupPort): Promise<boolean> {
    const row = await this.#claim(id);
    if (!row) return false;
    let [told, stopped] = [Date.now(), false];
    const progress = (phase: string, part: number): void => {
      if (stopped || Date.now() - told < TELL_MS) return;
      told = Date.now();
      void this.#tell(id, phase, Math.min(1, Math.max(0, part)));
    };
    // Also where nothing can be said of how far it is.
    const beat = setInterval(() => { void this.#tell(id, null, null); }, SILENCE_MS / 4).unref();
    try {
      return row.kind === 'VERIFY' ? await this.#verify(row, port, progress) : await this.#create(row, port, progress);
    } catch (error) {
      this.deps.logger.error({ err: error, runId: id, kind: row.kind }, 'a backup was not taken or verified');
      const text = error instanceof BackupFailure ? error.message : 'Something failed that the log tells of.';
      return await this.#end(row, { state: 'FAILED', failure: text } as never, { outcome: 'FAILURE', severity: 'CRITICAL', reason: error instanceof BackupFailure ? 'WRONG_STATE' : 'INTERNAL' });
    } finally {
      stopped = true;
      clearInterval(beat);
    }
  }

  async #create(row: BackupRunRow, port: BackupPort, progress: (phase: string, part: number) => void): Promise<boolean> {
    const { backupId, manifestSha256, content, stored } = await (row.tenant === null ? port.create(row.label, progress) : port.tenant(row.tenant, row.label, row.id, progress));
    const ended = await this.#end(row, { state: 'DONE', backupId, manifestHash: manifestSha256, content, stored, progress: 1 } as never, { outcome: 'SUCCESS', after: { backup: backupId, manifestSha256, content, stored, ...(row.tenant !== null ? { tenant: row.tenant } : {}) } });
    if (row.tenant === null) await port.prune();
    return ended;
  }

  async #verify(row: BackupRunRow, port: BackupPort, progress: (phase: string, part: number) => void): Promise<boolean> {
    const wanted = row.wanted ?? 'L3';
    const { backupId, level, latest, findings } = await port.verify(row.backupId, wanted, progress);
    const ok = level === wanted;
    return this.#end(row, { state: ok ? 'DONE' : 'FAILED', backupId, level, latest, findings: JSON.stringify(findings.slice(0, MAX_FINDINGS)), progress: 1 } as never, {
      ...(ok ? { outcome: 'SUCCESS' } as const : { outcome: 'FAILURE', severity: 'CRITICAL', reason: 'DAMAGED' } as const),
      after: { backup: backupId, wanted, level: level ?? 'NONE', findings: findings.length },
    });
  }

  /** As tenancy has told: of each tenant it tells the tier. */
  async #isTenant(id: string): Promise<boolean> {
    const { rows } = await this.deps.database.inScope(tenantScope(id), (tx) => sql`select from compliance.tenant_limit where tenant_id = ${id}::uuid`.execute(tx.getKysely()), { readOnly: true });
    return rows.length > 0;
  }

  get #configured(): boolean {
    return this.deps.config.backups.first !== undefined;
  }

  #claim(id: string): Promise<BackupRunRow | null> {
    return this.deps.database.inScope(platformScope, async (tx) => {
      const now = this.deps.clock.now();
      const claimed = await db(tx).updateTable('BackupRun').set({ dueAt: new Date(now.getTime() + SILENCE_MS), startedAt: sql`coalesce(started_at, ${now})` } as never)
        .where('id', '=', id).where('state', '=', 'RUNNING').where('dueAt', '<=', now).returningAll().executeTakeFirst();
      return claimed ?? null;
    });
  }

  async #tell(id: string, phase: string | null, part: number | null): Promise<void> {
    const dueAt = new Date(this.deps.clock.now().getTime() + SILENCE_MS);
    await this.deps.database.inScope(platformScope, (tx) => db(tx).updateTable('BackupRun')
      .set({ dueAt, ...(phase !== null ? { phase, progress: part } : {}) } as never).where('id', '=', id).where('state', '=', 'RUNNING').execute())
      .catch((error: unknown) => this.deps.logger.warn({ err: error, runId: id }, 'how far a backup is could not be noted'));
  }

  #end({ id, kind }: BackupRunRow, changes: never, told: Pick<AuditDraft, 'outcome' | 'severity' | 'reason' | 'after'>): Promise<boolean> {
    return runUnit(this.deps.unit, platformScope, { actor: systemActor(null), correlationId: `backup-${id}` }, async (unit) => {
      const ended = await db(unit.tx).updateTable('BackupRun').set({ ...(changes as object), dueAt: null, finishedAt: unit.now, phase: null } as never)
        .where('id', '=', id).where('state', '=', 'RUNNING').executeTakeFirst();
      if (ended.numUpdatedRows === 0n) return false;
      unit.audit({ action: kind === 'VERIFY' ? 'backup.verify' : 'backup.create', type: 'SECURITY', resource: { type: 'BackupRun', id }, ...told });
      return true;
    });
  }
}
