// What is used, as those who count report it: the last word holds, however often and in whatever order the words arrive.
import { sql } from 'kysely';
import { systemActor } from '../../kernel/base/actor.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { QuotaMeasure } from '../../kernel/graphql/quotas.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { UsageNoted } from '../plan/plan.events.js';
import type { UsageAlerts } from '../alert/alert.service.js';
import type { LimitConsumer, PlanService } from '../plan/plan.service.js';

export interface UsageReport {
  consumer: LimitConsumer;
  limitsVersion: number;
  measures: readonly QuotaMeasure[];
}

export class UsageService {
  constructor(private readonly unit: UnitOfWorkDeps, private readonly plans: PlanService, private readonly alerts: UsageAlerts) {}

  /** @returns how many counters were news */
  report(tenantId: string, { consumer, limitsVersion, measures }: UsageReport): Promise<number> {
    return runUnit(this.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `usage-${tenantId}` }, async (unit) => {
      // What was on its way when the tenant was erased leaves nothing behind.
      if (!await this.plans.read(unit, tenantId)) return 0;
      await this.plans.confirm(unit, tenantId, consumer, limitsVersion);
      const news = await this.note(unit, tenantId, measures);
      unit.emit(UsageNoted, { measures: measures.map(({ name, startsAt, revision }) => ({ name, startsAt, revision })) });
      return news;
    });
  }

  /** Inside a change of the tenant. @returns how many counters were news */
  async note(unit: UnitOfWork, tenantId: string, measures: readonly QuotaMeasure[]): Promise<number> {
    const news: QuotaMeasure[] = [];
    for (const measure of measures) {
      const { name, startsAt, endsAt, used, over, revision } = measure;
      const { rows } = await sql`insert into tenancy.usage as u (tenant_id, name, starts_at, ends_at, used, over, revision)
        values (${tenantId}::uuid, ${name}, ${new Date(startsAt)}, ${endsAt === null ? null : new Date(endsAt)}::timestamptz, ${used}, ${over}, ${revision})
        on conflict (tenant_id, name, starts_at) do update set ends_at = excluded.ends_at, used = excluded.used, over = excluded.over, revision = excluded.revision
          where u.revision < excluded.revision returning 1`.execute(unit.tx.getKysely());
      if (rows.length > 0) news.push(measure);
    }
    await this.alerts.raise(unit, tenantId, news);
    return news.length;
  }
}
