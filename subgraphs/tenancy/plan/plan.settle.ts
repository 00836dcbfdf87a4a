// What a month's end brings: the change that was chosen for it, if it still fits, and the invoice of the next month.
import { systemActor } from '../../kernel/base/actor.js';
import { ErrorCode } from '../../kernel/base/errors.js';
import { monthlyPeriod } from '../../kernel/base/monthly-period.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import type { UsageAlerts } from '../alert/alert.service.js';
import type { InvoiceService, NewLine } from '../invoice/invoice.service.js';
import { TenantState } from '../life/life.states.js';
import { db } from '../tables.js';
import { OVERAGE_MINOR, planOf } from './plan.catalogue.js';
import { tooMuch } from './plan.fits.js';
import { CONVERSATIONS, type Granted } from './plan.limits.js';
import type { HeldPlan, PlanService } from './plan.service.js';

interface SettlementDeps {
  unit: UnitOfWorkDeps;
  plans: PlanService;
  invoices: InvoiceService;
  alerts: UsageAlerts;
}

export class PlanSettlement {
  constructor(private readonly deps: SettlementDeps) {}

  /** Late or twice, it does the same. @returns how many months were charged */
  settle(tenantId: string): Promise<number> {
    return runUnit(this.deps.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `plan-${tenantId}` }, (unit) => this.within(unit, tenantId));
  }

  /** The same inside a change. */
  async within(unit: UnitOfWork, tenantId: string): Promise<number> {
    let charged = 0;
    for (;;) {
      const held = await this.deps.plans.hold(unit, tenantId);
      const row = held && await db(unit.tx).selectFrom('TenantPlan').select(['nextTier', 'nextPlan', 'nextAt', 'invoicedUntil']).where('tenantId', '=', tenantId).executeTakeFirst();
      if (!held || !row) return charged;
      const { nextTier, nextPlan, nextAt, invoicedUntil } = row;
      // Whoever is leaving is charged for the time if they stay after all.
      const leaving = held.state === TenantState.DELETING || held.state === TenantState.ERASING;
      const chargeAt = !leaving && invoicedUntil !== null && invoicedUntil <= unit.now ? invoicedUntil : null;
      if (nextTier !== null && nextAt !== null && nextAt <= unit.now && (chargeAt === null || nextAt <= chargeAt)) {
        await this.#next(unit, tenantId, held, { tier: nextTier, plan: nextPlan, at: nextAt });
      } else if (chargeAt !== null) {
        await this.#charge(unit, tenantId, held, chargeAt);
        charged += 1;
      } else return charged;
    }
  }

  /** Makes the change that was chosen, unless more has been used since than it allows: then all stays as it is, and owners are told. */
  async #next(unit: UnitOfWork, tenantId: string, held: HeldPlan, { at, ...next }: Granted & { at: Date }): Promise<void> {
    const { plans, alerts, invoices } = this.deps;
    const over = await tooMuch(unit.tx, tenantId, held, next);
    const told = { action: 'tenant.plan_change', type: 'DATA_WRITE', resource: { type: 'Tenant', id: tenantId } } as const;
    const [before, after] = [{ tier: held.tier, plan: held.plan }, { ...next, at: at.toISOString() }];
    const [first] = over;
    if (first) {
      const kept = JSON.stringify({ ...after, over });
      await db(unit.tx).updateTable('TenantPlan').set({ nextTier: null, nextPlan: null, nextAt: null, kept: kept as never }).where('tenantId', '=', tenantId).execute();
      await alerts.planKept(unit, tenantId, at, first);
      unit.audit({ ...told, outcome: 'FAILURE', reason: ErrorCode.QUOTA_EXCEEDED, before, attempt: after });
      return;
    }
    await plans.grant(unit, tenantId, held, next);
    if (next.plan === null) {
      // Nothing is charged any more: what was beyond the plan is told now or never.
      const lines = await this.#overage(unit, tenantId, at);
      await invoices.issue(unit, tenantId, { kind: 'MONTH', period: monthlyPeriod(held.anchor, at), currency: planOf(held.plan).currency, lines });
      await this.chargeFrom(unit, tenantId, null);
    }
    unit.audit({ ...told, outcome: 'SUCCESS', before, after });
  }

  /** The month that begins at `from`, and what was beyond the plan in those before. */
  async #charge(unit: UnitOfWork, tenantId: string, { plan, anchor }: HeldPlan, from: Date): Promise<void> {
    const period = monthlyPeriod(anchor, from);
    const { priceMinor, currency } = planOf(plan);
    const lines: NewLine[] = [
      ...(plan !== null && priceMinor !== null ? [{ kind: 'PLAN' as const, plan, quantity: 1n, amountMinor: BigInt(priceMinor), period: null }] : []),
      ...await this.#overage(unit, tenantId, from),
    ];
    await this.deps.invoices.issue(unit, tenantId, { kind: 'MONTH', period, currency, lines });
    await this.chargeFrom(unit, tenantId, period.endsAt);
  }

  /** What was beyond the plan in months that ended by `until` and is on no invoice. The last seconds of a month may be reported after it was charged: they are on the next. */
  async #overage({ tx }: UnitOfWork, tenantId: string, until: Date): Promise<NewLine[]> {
    const found = await db(tx).selectFrom('Usage').select(['startsAt', 'endsAt', 'over', 'billed']).where('tenantId', '=', tenantId).where('name', '=', CONVERSATIONS)
      .where('endsAt', '<=', until).whereRef('over', '>', 'billed').orderBy('startsAt').forUpdate().execute();
    for (const { startsAt, over } of found) {
      await db(tx).updateTable('Usage').set({ billed: over }).where('tenantId', '=', tenantId).where('name', '=', CONVERSATIONS).where('startsAt', '=', startsAt).execute();
    }
    return found.flatMap(({ startsAt, endsAt, over, billed }): NewLine[] => {
      const quantity = BigInt(over) - BigInt(billed);
      return endsAt === null ? [] : [{ kind: 'OVERAGE', plan: null, quantity, amountMinor: quantity * BigInt(OVERAGE_MINOR), period: { startsAt, endsAt } }];
    });
  }

  /** What was beyond FREE before is charged to nobody. */
  async forgive({ tx, now }: UnitOfWork, tenantId: string): Promise<void> {
    await db(tx).updateTable('Usage').set(({ ref }) => ({ billed: ref('over') })).where('tenantId', '=', tenantId).where('endsAt', '<=', now).execute();
  }

  async chargeFrom({ tx }: UnitOfWork, tenantId: string, invoicedUntil: Date | null): Promise<void> {
    await db(tx).updateTable('TenantPlan').set({ invoicedUntil }).where('tenantId', '=', tenantId).execute();
  }
}
