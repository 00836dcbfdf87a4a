// The plan of a tenant: from its beginning on, and what it grants, announced until everybody who counts has it.
import { systemActor } from '../../kernel/base/actor.js';
import { monthlyPeriod, type Period } from '../../kernel/base/monthly-period.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { Quotas } from '../../kernel/graphql/quotas.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { db } from '../tables.js';
import type { TenantState } from '../life/life.states.js';
import type { TenantTier } from '../tenant/tenant.type.js';
import { PLAN_WITH, planOf } from './plan.catalogue.js';
import { TenantLimitsChanged } from './plan.events.js';
import { limitsOf, type Granted } from './plan.limits.js';

/** The subgraphs that count and refuse. */
export const CONSUMERS = ['identity', 'conversations', 'compliance'] as const;
export type LimitConsumer = (typeof CONSUMERS)[number];

/** The plan of a tenant, held until the change ends. */
export interface HeldPlan extends Granted {
  /** Where the tenant stands. */
  state: TenantState;
  version: number;
  anchor: Date;
  period: Period;
}

export class PlanService {
  constructor(private readonly unit: UnitOfWorkDeps, private readonly quotas: Quotas) {}

  /** Inside the change that creates the tenant, or finds it; a plan that is there stays. */
  async open(unit: UnitOfWork, { id: tenantId, tier }: { id: string; tier: TenantTier }): Promise<void> {
    const granted = { tier, plan: PLAN_WITH[tier] };
    // Whoever pays, pays from the first month on.
    const invoicedUntil = granted.plan !== null && planOf(granted.plan).priceMinor !== null ? unit.now : null;
    const opened = await db(unit.tx).insertInto('TenantPlan')
      .values({ tenantId, plan: granted.plan, anchor: unit.now, version: 1, nextTier: null, nextPlan: null, nextAt: null, invoices: 0, invoicedUntil })
      .onConflict((conflict) => conflict.column('tenantId').doNothing()).returning('tenantId').executeTakeFirst();
    if (!opened) return;
    await db(unit.tx).insertInto('LimitDelivery')
      .values(CONSUMERS.map((consumer) => ({ tenantId, consumer, wanted: 1, version: 0, announcedAt: unit.now }))).execute();
    await this.#announce(unit, tenantId, granted, { version: 1, anchor: unit.now });
  }

  /** The plan of now, which nobody else changes until the change ends. @returns null when there is no such tenant */
  hold(unit: UnitOfWork, tenantId: string): Promise<HeldPlan | null> {
    return this.read(unit, tenantId, true);
  }

  /** The plan of now, without waiting for whoever changes it. */
  async read({ tx, now }: UnitOfWork, tenantId: string, held = false): Promise<HeldPlan | null> {
    const found = await db(tx).selectFrom('TenantPlan as p').innerJoin('Tenant as t', 't.id', 'p.tenantId')
      .select(['t.tier', 't.state', 'p.plan', 'p.version', 'p.anchor']).where('p.tenantId', '=', tenantId).$if(held, (query) => query.forUpdate(['p', 't'])).executeTakeFirst();
    return found ? { ...found, period: monthlyPeriod(found.anchor, now) } : null;
  }

  /** Grants something else from now on, inside a change that holds the plan. What was meant to come later is forgotten. */
  async grant(unit: UnitOfWork, tenantId: string, { version: before, anchor }: HeldPlan, granted: Granted): Promise<void> {
    const version = before + 1;
    await db(unit.tx).updateTable('Tenant').set({ tier: granted.tier }).where('id', '=', tenantId).execute();
    await db(unit.tx).updateTable('TenantPlan').set({ plan: granted.plan, version, nextTier: null, nextPlan: null, nextAt: null, kept: null })
      .where('tenantId', '=', tenantId).execute();
    await db(unit.tx).updateTable('LimitDelivery').set({ wanted: version, announcedAt: unit.now }).where('tenantId', '=', tenantId).execute();
    await this.#announce(unit, tenantId, granted, { version, anchor });
  }

  /** Says it again, while somebody has not answered. @returns false when everybody has */
  announce(tenantId: string): Promise<boolean> {
    return runUnit(this.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `limits-${tenantId}` }, async (unit) => {
      const held = await this.hold(unit, tenantId);
      const waiting = await db(unit.tx).updateTable('LimitDelivery').set({ announcedAt: unit.now })
        .where('tenantId', '=', tenantId).whereRef('version', '<', 'wanted').returning('consumer').execute();
      if (!held || waiting.length === 0) return false;
      await this.#announce(unit, tenantId, held, held);
      return true;
    });
  }

  /** A subgraph has limits of this version in force. */
  async confirm({ tx }: UnitOfWork, tenantId: string, consumer: LimitConsumer, version: number): Promise<void> {
    await db(tx).updateTable('LimitDelivery').set({ version })
      .where('tenantId', '=', tenantId).where('consumer', '=', consumer).where('version', '<', version).execute();
  }

  /** What is counted here is in force at once; others hear of it. */
  async #announce(unit: UnitOfWork, tenantId: string, granted: Granted, at: { version: number; anchor: Date }): Promise<void> {
    const limits = limitsOf(granted, at);
    await this.quotas.apply(unit, tenantId, { ...limits, anchor: at.anchor });
    unit.emit(TenantLimitsChanged, limits);
  }
}
