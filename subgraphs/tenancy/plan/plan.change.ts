// Changing the plan: to more at once and prorated, to less at the end of the month; and what a month's end brings.
import { systemActor } from '../../kernel/base/actor.js';
import { ErrorCode, Refusal, invalidInput, notFound } from '../../kernel/base/errors.js';
import { monthlyPeriod } from '../../kernel/base/monthly-period.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import type { InvoiceService, NewLine } from '../invoice/invoice.service.js';
import { db } from '../tables.js';
import { TenantState } from '../life/life.states.js';
import { TenantTier } from '../tenant/tenant.type.js';
import { PLANS, TIERS, planOf } from './plan.catalogue.js';
import { TenantPlanName, type TenantFeature } from './plan.enums.js';
import { CONVERSATIONS, ceilingsOf, type Granted } from './plan.limits.js';
import { proration } from './plan.proration.js';
import type { HeldPlan, PlanService } from './plan.service.js';

/** What there is too much of for what was chosen. */
export interface TooMuch {
  quota: string;
  used: number;
  limit: number;
}

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
  constructor(private readonly unit: UnitOfWorkDeps, private readonly plans: PlanService, private readonly invoices: InvoiceService) {}

  /** @throws Refusal InputInvalid, PlanTooSmall */
  async change(context: OperationContext, after: Granted): Promise<void> {
    const { tenantId } = context;
    await context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'Tenant', id: tenantId } };
      // What a month's end has brought already comes first: it may not have been looked at yet.
      await this.#settle(unit, tenantId);
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
      await this.#assertFits(unit, tenantId, held, after);
      await this.#plan(unit, tenantId, { ...after, at: held.period.endsAt });
      return held.period.endsAt;
    }
    await this.plans.grant(unit, tenantId, held, after);
    const lines = proration(held.plan, after.plan, held.period, unit.now).map((line): NewLine => ({ ...line, quantity: 1n }));
    await this.invoices.issue(unit, tenantId, { kind: 'CHANGE', period: { startsAt: unit.now, endsAt: held.period.endsAt }, currency: planOf(after.plan).currency, lines });
    if (held.plan === null) await this.#chargeFrom(unit, tenantId, held.period.endsAt);
    return unit.now;
  }

  /** What a month's end brings: what was chosen for it, and the invoice of the next. Late or twice, it does the same. @returns how many months were charged */
  settle(tenantId: string): Promise<number> {
    return runUnit(this.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `plan-${tenantId}` }, (unit) => this.#settle(unit, tenantId));
  }

  async #settle(unit: UnitOfWork, tenantId: string): Promise<number> {
    let charged = 0;
    for (;;) {
      const held = await this.plans.hold(unit, tenantId);
      const row = held && await db(unit.tx).selectFrom('TenantPlan').select(['nextTier', 'nextPlan', 'nextAt', 'invoicedUntil']).where('tenantId', '=', tenantId).executeTakeFirst();
      if (!held || !row) return charged;
      const { nextTier, nextPlan, nextAt, invoicedUntil } = row;
      // Whoever is leaving is charged for the time if they stay after all.
      const leaving = held.state === TenantState.DELETING || held.state === TenantState.ERASING;
      const chargeAt = !leaving && invoicedUntil !== null && invoicedUntil <= unit.now ? invoicedUntil : null;
      if (nextTier !== null && nextAt !== null && nextAt <= unit.now && (chargeAt === null || nextAt <= chargeAt)) {
        await this.plans.grant(unit, tenantId, held, { tier: nextTier, plan: nextPlan });
        if (nextPlan === null) await this.#chargeFrom(unit, tenantId, null);
        unit.audit({
          action: 'tenant.plan_change', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Tenant', id: tenantId },
          before: { tier: held.tier, plan: held.plan }, after: { tier: nextTier, plan: nextPlan, at: nextAt.toISOString() },
        });
      } else if (chargeAt !== null) {
        await this.#charge(unit, tenantId, held, chargeAt);
        charged += 1;
      } else return charged;
    }
  }

  /** The month that begins at `from`, and what was beyond the plan in the one before. */
  async #charge(unit: UnitOfWork, tenantId: string, { plan, anchor }: HeldPlan, from: Date): Promise<void> {
    const period = monthlyPeriod(anchor, from);
    const { priceMinor, currency } = planOf(plan);
    const beyond = await db(unit.tx).selectFrom('Usage').select('over').where('tenantId', '=', tenantId)
      .where('name', '=', CONVERSATIONS).where('endsAt', '=', from).where('over', '>', 0).executeTakeFirst();
    const lines: NewLine[] = [
      ...(plan !== null && priceMinor !== null ? [{ kind: 'PLAN' as const, plan, quantity: 1n, amountMinor: BigInt(priceMinor) }] : []),
      ...(beyond ? [{ kind: 'OVERAGE' as const, plan: null, quantity: BigInt(beyond.over), amountMinor: 0n }] : []),
    ];
    await this.invoices.issue(unit, tenantId, { kind: 'MONTH', period, currency, lines });
    await this.#chargeFrom(unit, tenantId, period.endsAt);
  }

  async #chargeFrom({ tx }: UnitOfWork, tenantId: string, invoicedUntil: Date | null): Promise<void> {
    await db(tx).updateTable('TenantPlan').set({ invoicedUntil }).where('tenantId', '=', tenantId).execute();
  }

  async #plan({ tx }: UnitOfWork, tenantId: string, next: (Granted & { at: Date }) | null): Promise<void> {
    await db(tx).updateTable('TenantPlan').set({ nextTier: next?.tier ?? null, nextPlan: next?.plan ?? null, nextAt: next?.at ?? null })
      .where('tenantId', '=', tenantId).execute();
  }

  /** What lasts must fit; a month's conversations begin anew. @throws Refusal PlanTooSmall */
  async #assertFits({ tx }: UnitOfWork, tenantId: string, before: Granted, after: Granted): Promise<void> {
    const used = await db(tx).selectFrom('Usage').select(['name', 'used']).where('tenantId', '=', tenantId).where('endsAt', 'is', null).execute();
    const ceilings = ceilingsOf(after);
    const lost = TIERS[before.tier].features.filter((feature) => !TIERS[after.tier].features.includes(feature));
    const limitOf = (name: string): number | null => (lost.includes(name as TenantFeature) ? 0 : ceilings[name] ?? null);
    const over = used.flatMap(({ name, used: count }): TooMuch[] => {
      const limit = limitOf(name);
      return limit !== null && count > limit ? [{ quota: name, used: count, limit }] : [];
    });
    if (over.length > 0) throw planTooSmall(over.toSorted((a, b) => (a.quota < b.quota ? -1 : 1)));
  }
}
