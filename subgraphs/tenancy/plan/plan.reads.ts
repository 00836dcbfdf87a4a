// The plan of the tenant that asks, with what is used.
import { monthlyPeriod } from '../../kernel/base/monthly-period.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { db } from '../tables.js';
import { TIERS, planOf } from './plan.catalogue.js';
import { ceilingsOf } from './plan.limits.js';
import type { QuotaName } from './plan.enums.js';
import type { PlanLimit, TenantPlanType } from './plan.type.js';

/** Null for people of the platform. */
export async function readPlan(context: OperationContext): Promise<TenantPlanType | null> {
  const tenantId = context.actor.tenant;
  if (tenantId === null) return null;
  const tx = await context.read();
  const row = await db(tx).selectFrom('TenantPlan as p').innerJoin('Tenant as t', 't.id', 'p.tenantId')
    .select(['t.tier', 'p.plan', 'p.anchor', 'p.nextTier', 'p.nextPlan', 'p.nextAt', 'p.kept']).where('p.tenantId', '=', tenantId).executeTakeFirst();
  if (!row) return null;
  const period = monthlyPeriod(row.anchor, context.deps.clock.now());
  const used = await db(tx).selectFrom('Usage').select(['name', 'used', 'over', 'endsAt']).where('tenantId', '=', tenantId)
    .where((on) => on.or([on('endsAt', 'is', null), on('endsAt', '=', period.endsAt)])).execute();
  const { priceMinor, currency, support, supportHours } = planOf(row.plan);
  const { features, audit, auditDays, backups } = TIERS[row.tier];
  const limits = Object.entries(ceilingsOf(row)).map(([quota, limit]): PlanLimit => {
    const counted = used.find(({ name }) => name === quota);
    // Of what is counted by the month, nothing is counted before its first use.
    const resetsAt = quota === 'CONVERSATIONS' ? period.endsAt : null;
    return { quota: quota as QuotaName, limit, used: counted?.used ?? 0, over: counted?.over ?? 0, resetsAt };
  });
  return {
    tier: row.tier, plan: row.plan, priceMinor, currency, period, limits, features: [...features], audit, auditDays, backups,
    support: { level: support, responseHours: supportHours },
    next: row.nextTier === null || row.nextAt === null ? null : { tier: row.nextTier, plan: row.nextPlan, at: row.nextAt },
    refused: row.kept && { ...row.kept, at: new Date(row.kept.at) },
  };
}
