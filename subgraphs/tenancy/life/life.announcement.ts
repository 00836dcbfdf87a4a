// Telling identity where a tenant stands, until it has confirmed.
import { systemActor } from '../../kernel/base/actor.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { runUnit, type UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { db } from '../tables.js';
import { TenantDeletionScheduled, TenantSuspended, TenantUpdated } from './life.events.js';
import { announceLife } from './life.service.js';
import { TenantState } from './life.states.js';

/** Whichever event brought a tenant into its state: who follows reads the state itself. */
const AGAIN = {
  [TenantState.ACTIVE]: TenantUpdated, [TenantState.SUSPENDED]: TenantSuspended, [TenantState.DELETING]: TenantDeletionScheduled,
};

export class LifeAnnouncement {
  constructor(private readonly deps: SubgraphDeps) {}

  /** Says it again, while it is not confirmed. @returns false when it is */
  announce(tenantId: string): Promise<boolean> {
    return this.#unit(tenantId, async (unit) => {
      const waiting = await db(unit.tx).updateTable('Tenant').set({ announcedAt: unit.now })
        .where('id', '=', tenantId).where('announcedAt', 'is not', null).returning(['id', 'name', 'state', 'version']).executeTakeFirst();
      if (!waiting || waiting.state === TenantState.ERASING) return false;
      await announceLife(unit, waiting, AGAIN[waiting.state]);
      return true;
    });
  }

  /** Identity has this version in force. @returns false when that was known, or a newer one waits */
  confirm(tenantId: string, version: number): Promise<boolean> {
    return this.#unit(tenantId, async (unit) => {
      const done = await db(unit.tx).updateTable('Tenant').set({ announcedAt: null })
        .where('id', '=', tenantId).where('version', '=', version).where('announcedAt', 'is not', null).returning('id').executeTakeFirst();
      return done !== undefined;
    });
  }

  #unit<T>(tenantId: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return runUnit(this.deps.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `tenant-${tenantId}` }, work);
  }
}
