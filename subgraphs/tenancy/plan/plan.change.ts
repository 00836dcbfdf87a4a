// Changing the plan: to more at once and prorated, to less at the end of the month.
import { ErrorCode, Refusal, invalidInput, notFound } from '../../kernel/base/errors.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { InvoiceService, NewLine } from '../invoice/invoice.service.js';
import { db } from '../tables.js';
import { TenantTier } from '../tenant/tenant.type.js';
import { PLANS, TIERS, planOf } from './plan.catalogue.js';
import { TenantPlanName } from './plan.enums.js';
import type { TooMuch } from './plan.entity.js';
import { tooMuch } from './plan.fits.js';
import { ceilingsOf, type Granted } from './plan.limits.js';
import { proration } from './plan.proration.js';
import type { HeldPlan, PlanService } from './plan.service.js';
import type { PlanSettlement } from './plan.settle.js';

const planTooSmall = (over: readonly TooMuch[]): Refusal =>
  new Refusal('PlanTooSmall', ErrorCode.QUOTA_EXCEEDED, `More is used than it allows: ${over.map(({ quota }) => quota).join(', ')}.`, null, { over });

/** What was chosen, complete. @throws Refusal InputInvalid */
export function chosen(plan: TenantPlanName | null, tier: TenantTier | null): Granted {
  if (plan === null) {
    if (tier !== null && tier !== TenantTier.FREE) throw invalidInput('Without a plan there is tier FREE.', ['input', 'tier']);
    return { tier: TenantTier.FREE, plan: null };
  }
  if (plan === TenantPlanName.CUSTOM) throw invalidInput('This plan is agreed upon with us.', ['input', 'plan']);
  const { tiers } = PLANS[plan];
  const [usual] = tiers;
  if (tier !== null && !tiers.includes(tier)) throw invalidInput(`This plan comes with tier ${tiers.join(' or ')}.`, ['input', 'tier']);
  return { plan, tier: tier ?? usual ?? TenantTier.STANDARD };
}

/** Nothing of it is less than before. */
function isMore(before: Granted, after: Granted): boolean {
  const [was, is] = [ceilingsOf(before), ceilingsOf(after)];
  const fewer = Object.keys(was).some((quota) => is[quota] !== null && (was[quota] === null || Number(is[quota]) < Number(was[quota])));
  const lost = TIERS[before.tier].features.some((feature) => !TIERS[after.tier].features.includes(feature));
  return !fewer && !lost && (planOf(after.plan).priceMinor ?? 0) >= (planOf(before.plan).priceMinor ?? 0);
}

export class PlanChange {
  constructor(private readonly plans: PlanService, private readonly invoices: InvoiceService, private readonly settlement: PlanSettlement) {}

  /** @throws Refusal InputInvalid, PlanTooSmall */
  async change(context: OperationContext, after: Granted): Promise<void> {
    const { tenantId } = context;
    await context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'Tenant', id: tenantId } };
      // What a month's end has brought already comes first: it may not have been looked at yet.
      await this.settlement.within(unit, tenantId);
      const held = await this.plans.hold(unit, tenantId);
      if (!held) throw notFound('The tenant');
      if (held.plan === TenantPlanName.CUSTOM) throw invalidInput('This plan is changed by agreement with us.', ['input', 'plan']);
      const before = { tier: held.tier, plan: held.plan };
      const at = await this.#carryOut(unit, tenantId, held, after);
      audit.draft = { ...audit.draft, before, after: { tier: after.tier, plan: after.plan, at: at.toISOString() } };
    });
  }

  /** @returns from when on it holds */
  async #carryOut(unit: UnitOfWork, tenantId: string, held: HeldPlan, after: Granted): Promise<Date> {
    if (held.tier === after.tier && held.plan === after.plan) {
      // All stays as it is: also what was chosen for the end of the month is taken back.
      await this.#plan(unit, tenantId, null);
      return unit.now;
    }
    if (!isMore(held, after)) {
      const over = await tooMuch(unit.tx, tenantId, held, after);
      if (over.length > 0) throw planTooSmall(over);
      await this.#plan(unit, tenantId, { ...after, at: held.period.endsAt });
      return held.period.endsAt;
    }
    await this.plans.grant(unit, tenantId, held, after);
    const lines = proration(held.plan, after.plan, held.period, unit.now).map((line): NewLine => ({ ...line, quantity: 1n, period: null }));
    await this.invoices.issue(unit, tenantId, { kind: 'CHANGE', period: { startsAt: unit.now, endsAt: held.period.endsAt }, currency: planOf(after.plan).currency, lines });
    if (held.plan === null) {
      await this.settlement.forgive(unit, tenantId);
      await this.settlement.chargeFrom(unit, tenantId, held.period.endsAt);
    }
    return unit.now;
  }

  /** What a month's end brings. @returns how many months were charged */
  settle(tenantId: string): Promise<number> {
    return this.settlement.settle(tenantId);
  }

  async #plan({ tx }: UnitOfWork, tenantId: string, next: (Granted & { at: Date }) | null): Promise<void> {
    await db(tx).updateTable('TenantPlan').set({ nextTier: next?.tier ?? null, nextPlan: next?.plan ?? null, nextAt: next?.at ?? null, kept: null })
      .where('tenantId', '=', tenantId).execute();
  }
}
