// Telling owners that something is nearly used up, and that it is: once each in a month, announced until they were told.
import { systemActor } from '../../kernel/base/actor.js';
import { encodeId } from '../../kernel/base/ids.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { QuotaMeasure } from '../../kernel/graphql/quotas.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import type { TooMuch } from '../plan/plan.entity.js';
import { ceilingsOf } from '../plan/plan.limits.js';
import type { PlanService } from '../plan/plan.service.js';
import { db } from '../tables.js';
import { UsageAlertRaised } from './alert.events.js';

const PERCENTS = [80, 100] as const;

export class UsageAlerts {
  constructor(private readonly unit: UnitOfWorkDeps, private readonly plans: PlanService) {}

  /** Inside the change that notes `measures`. Of thresholds that are passed together, the highest is told. */
  async raise(unit: UnitOfWork, tenantId: string, measures: readonly QuotaMeasure[]): Promise<void> {
    const plan = measures.length === 0 ? null : await this.plans.read(unit, tenantId);
    if (!plan) return;
    const ceilings = ceilingsOf(plan);
    for (const { name, endsAt, used: within, over } of measures) {
      const limit = ceilings[name];
      const passed = endsAt !== null && new Date(endsAt) <= unit.now;
      if (limit === null || limit === undefined || limit === 0 || passed) continue;
      const used = within + over;
      const startsAt = plan.period.startsAt;
      const reached = PERCENTS.filter((percent) => used * 100 >= limit * percent).toReversed();
      for (const [index, percent] of reached.entries()) {
        const subjectId = encodeId('tnt', tenantId);
        const payload = {
          kind: 'USAGE_LIMIT' as const, userIds: [], permission: 'billing:manage', subjectId, params: { quota: name, percent, used, limit },
          dedupeKey: `${subjectId}/${name}/${startsAt.toISOString().slice(0, 10)}/${percent}`,
        };
        const fresh = await db(unit.tx).insertInto('UsageAlert')
          .values({ tenantId, name, startsAt, percent, payload: index === 0 ? JSON.stringify(payload) as never : null, announcedAt: unit.now, confirmedAt: null })
          .onConflict((conflict) => conflict.columns(['tenantId', 'name', 'startsAt', 'percent']).doNothing()).returning('percent').executeTakeFirst();
        if (fresh && index === 0) unit.emit(UsageAlertRaised, payload);
      }
    }
  }

  /** A change that was chosen for a month's end was not made: inside the change that keeps the plan. */
  async planKept(unit: UnitOfWork, tenantId: string, at: Date, { quota, used, limit }: TooMuch): Promise<void> {
    const subjectId = encodeId('tnt', tenantId);
    const payload = {
      kind: 'PLAN_KEPT' as const, userIds: [], permission: 'billing:manage', subjectId, params: { quota, percent: 100, used, limit },
      dedupeKey: `${subjectId}/PLAN/${at.toISOString()}`,
    };
    await db(unit.tx).insertInto('UsageAlert')
      .values({ tenantId, name: 'PLAN', startsAt: at, percent: 100, payload: JSON.stringify(payload) as never, announcedAt: unit.now, confirmedAt: null })
      .onConflict((conflict) => conflict.columns(['tenantId', 'name', 'startsAt', 'percent']).doNothing()).execute();
    unit.emit(UsageAlertRaised, payload);
  }

  /** An endpoint of webhooks was switched off, and nobody did it: inside the change that does. */
  async webhookDisabled(unit: UnitOfWork, tenantId: string, { endpointId, host, at }: { endpointId: string; host: string; at: Date }): Promise<void> {
    const payload = { kind: 'WEBHOOK_ENDPOINT_DISABLED' as const, userIds: [], permission: 'webhook:manage', subjectId: endpointId, params: { host }, dedupeKey: `${endpointId}/${at.toISOString()}` };
    await db(unit.tx).insertInto('UsageAlert')
      .values({ tenantId, name: endpointId, startsAt: at, percent: 100, payload: JSON.stringify(payload) as never, announcedAt: unit.now, confirmedAt: null })
      .onConflict((conflict) => conflict.columns(['tenantId', 'name', 'startsAt', 'percent']).doNothing()).execute();
    unit.emit(UsageAlertRaised, payload);
  }

  /** Says again what nobody has confirmed. @returns how many */
  announce(tenantId: string): Promise<number> {
    return this.#unit(tenantId, async (unit) => {
      const waiting = await db(unit.tx).updateTable('UsageAlert').set({ announcedAt: unit.now })
        .where('tenantId', '=', tenantId).where('confirmedAt', 'is', null).where('payload', 'is not', null).returning('payload').execute();
      for (const { payload } of waiting) if (payload) unit.emit(UsageAlertRaised, payload);
      return waiting.length;
    });
  }

  /** Whoever is to be told was told. @returns false when that was known */
  confirm(tenantId: string, dedupeKey: string): Promise<boolean> {
    return this.#unit(tenantId, async (unit) => {
      const confirmed = await db(unit.tx).updateTable('UsageAlert').set({ confirmedAt: unit.now }).where('tenantId', '=', tenantId)
        .where('confirmedAt', 'is', null).where((on) => on(on.ref('payload', '->>').key('dedupeKey'), '=', dedupeKey)).returning('percent').executeTakeFirst();
      return confirmed !== undefined;
    });
  }

  #unit<T>(tenantId: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return runUnit(this.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `alerts-${tenantId}` }, work);
  }
}
