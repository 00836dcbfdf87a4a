// What the tenant uses this month.
import { Ctx, Query, Resolver } from 'type-graphql';
import { monthlyPeriod } from '../../kernel/base/monthly-period.js';
import { OperationContext } from '../../kernel/graphql/context.js';
import { OVERAGE_MINOR, planOf } from '../plan/plan.catalogue.js';
import { CONVERSATIONS } from '../plan/plan.limits.js';
import { db } from '../tables.js';
import { TenantUsage } from './usage.type.js';

@Resolver(() => TenantUsage)
export class UsageResolver {
  @Query(() => TenantUsage, { nullable: true, description: 'What the tenant uses this month, and what it was charged for it; null while the tenant is being made.' })
  async tenantUsage(@Ctx() context: OperationContext): Promise<TenantUsage | null> {
    const { tenantId } = context;
    const tx = await context.read();
    const plan = await db(tx).selectFrom('TenantPlan').select(['plan', 'anchor']).where('tenantId', '=', tenantId).executeTakeFirst();
    if (!plan) return null;
    const period = monthlyPeriod(plan.anchor, context.deps.clock.now());
    const used = await db(tx).selectFrom('Usage').select(['name', 'used', 'over']).where('tenantId', '=', tenantId)
      .where((on) => on.or([on('endsAt', 'is', null), on('endsAt', '=', period.endsAt)])).orderBy('name').execute();
    const measures = used.map((one) => ({ ...one, costMinor: one.name === CONVERSATIONS && plan.plan !== null ? BigInt(one.over) * BigInt(OVERAGE_MINOR) : null }));
    // A month has an invoice of its own and one for each change.
    const invoices = await db(tx).selectFrom('Invoice').select('totalMinor').where('tenantId', '=', tenantId)
      .where('startsAt', '>=', period.startsAt).where('startsAt', '<', period.endsAt).execute();
    return { period, measures, currency: planOf(plan.plan).currency, costMinor: invoices.reduce((sum, { totalMinor }) => sum + BigInt(totalMinor), 0n) };
  }
}
