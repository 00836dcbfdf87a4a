// What is used, as those who count report it: the last word holds, however often and in whatever order the words arrive.
import { sql } from 'kysely';
import type { Pool } from 'pg';
import { systemActor } from '../../kernel/base/actor.js';
import type { Logger } from '../../kernel/base/logger.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { recount } from '../../kernel/graphql/quota.keeper.js';
import type { QuotaMeasure, Quotas } from '../../kernel/graphql/quotas.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { UsageNoted } from '../plan/plan.events.js';
import type { UsageAlerts } from '../alert/alert.service.js';
import type { LimitConsumer, PlanService } from '../plan/plan.service.js';

export interface UsageReport {
  consumer: LimitConsumer;
  limitsVersion: number;
  measures: readonly QuotaMeasure[];
}

/** What more than one subgraph counts: what is used is the sum of what each has said last. */
const SHARED: readonly string[] = ['STORAGE_BYTES', 'JOBS'];

interface UsageDeps {
  unit: UnitOfWorkDeps;
  logger: Logger;
  plans: PlanService;
  alerts: UsageAlerts;
  quotas: Quotas;
}

export class UsageService {
  constructor(private readonly deps: UsageDeps) {}

  /** @returns how many counters were news */
  report(tenantId: string, { consumer, limitsVersion, measures }: UsageReport): Promise<number> {
    return this.#unit(tenantId, async (unit) => {
      // What was on its way when the tenant was erased leaves nothing behind.
      if (!await this.deps.plans.read(unit, tenantId)) return 0;
      await this.deps.plans.confirm(unit, tenantId, consumer, limitsVersion);
      const news = await this.note(unit, tenantId, measures, consumer);
      unit.emit(UsageNoted, { consumer, measures: measures.map(({ name, startsAt, revision }) => ({ name, startsAt, revision })) });
      return news;
    });
  }

  /** Inside a change of the tenant. @returns how many counters were news */
  async note(unit: UnitOfWork, tenantId: string, measures: readonly QuotaMeasure[], consumer: LimitConsumer | 'tenancy' = 'tenancy'): Promise<number> {
    const news: QuotaMeasure[] = [];
    for (const measure of measures) {
      const told = SHARED.includes(measure.name) ? await this.#sum(unit, tenantId, measure, consumer) : measure;
      if (told && await this.#keep(unit, tenantId, told)) news.push(told);
    }
    await this.deps.alerts.raise(unit, tenantId, news);
    return news.length;
  }

  /** Counts anew what is counted here. @param system of the system role @returns how many counters were wrong */
  async recount(tenantId: string, system: Pool): Promise<number> {
    const { quotas, logger } = this.deps;
    const wrong = await recount(system, { schema: 'tenancy', quotas: quotas.definitions, logger }, tenantId);
    if (wrong > 0) await this.#unit(tenantId, (unit) => this.counted(unit, tenantId));
    return wrong;
  }

  /** What is counted here needs no report. */
  async counted(unit: UnitOfWork, tenantId: string): Promise<void> {
    const { quotas } = this.deps;
    const { measures } = await quotas.unreported(unit, tenantId);
    await this.note(unit, tenantId, measures);
    await quotas.confirm(unit, tenantId, measures);
  }

  async #keep({ tx }: UnitOfWork, tenantId: string, { name, startsAt, endsAt, used, over, revision }: QuotaMeasure): Promise<boolean> {
    const { rows } = await sql`insert into tenancy.usage as u (tenant_id, name, starts_at, ends_at, used, over, revision)
      values (${tenantId}::uuid, ${name}, ${new Date(startsAt)}, ${endsAt === null ? null : new Date(endsAt)}::timestamptz, ${used}, ${over}, ${revision})
      on conflict (tenant_id, name, starts_at) do update set ends_at = excluded.ends_at, used = excluded.used, over = excluded.over, revision = excluded.revision
        where u.revision < excluded.revision returning 1`.execute(tx.getKysely());
    return rows.length > 0;
  }

  /** Keeps a part. @returns the sum of all; each part's revision rises, so theirs does. Null: it was known */
  async #sum({ tx }: UnitOfWork, tenantId: string, measure: QuotaMeasure, consumer: string): Promise<QuotaMeasure | null> {
    const { name, startsAt, used, over, revision } = measure;
    const db = tx.getKysely();
    // Two parts that come at once: the second waits, and adds up what the first has left.
    await sql`select pg_advisory_xact_lock(hashtextextended(${`switchboard usage ${tenantId} ${name}`}, 0))`.execute(db);
    const { rows: news } = await sql`insert into tenancy.usage_part as u (tenant_id, name, starts_at, consumer, used, over, revision)
      values (${tenantId}::uuid, ${name}, ${new Date(startsAt)}, ${consumer}, ${used}, ${over}, ${revision})
      on conflict (tenant_id, name, starts_at, consumer) do update set used = excluded.used, over = excluded.over, revision = excluded.revision
        where u.revision < excluded.revision returning 1`.execute(db);
    if (news.length === 0) return null;
    const { rows: [sum] } = await sql<{ used: number; over: number; revision: number }>`select sum(used)::float8 as used, sum(over)::float8 as over, sum(revision)::float8 as revision
      from tenancy.usage_part where tenant_id = ${tenantId}::uuid and name = ${name} and starts_at = ${new Date(startsAt)}`.execute(db);
    return sum ? { ...measure, ...sum } : null;
  }

  #unit<T>(tenantId: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return runUnit(this.deps.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `usage-${tenantId}` }, work);
  }
}
