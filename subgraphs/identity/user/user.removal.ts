// Handing over the open work of somebody who was removed: announced until it is confirmed.
import { systemActor } from '../../kernel/base/actor.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { runUnit, type UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { db } from '../tables.js';
import { UserRemoved } from './user.events.js';

export interface Removed {
  tenantId: string;
  userId: string;
}

/** Inside the change that removes. */
export async function announceRemoval(unit: UnitOfWork, { tenantId, userId }: Removed): Promise<void> {
  await db(unit.tx).updateTable('Membership').set({ removalAnnouncedAt: unit.now }).where('tenantId', '=', tenantId).where('id', '=', userId).execute();
  unit.emit(UserRemoved, { userId });
}

export class UserRemoval {
  constructor(private readonly deps: SubgraphDeps) {}

  /** Says it again, while it is not confirmed. @returns false when it is */
  announce({ tenantId, userId }: Removed): Promise<boolean> {
    return this.#unit(tenantId, userId, async (unit) => {
      const waiting = await db(unit.tx).updateTable('Membership').set({ removalAnnouncedAt: unit.now })
        .where('tenantId', '=', tenantId).where('id', '=', userId).where('removalAnnouncedAt', 'is not', null).returning('id').executeTakeFirst();
      if (!waiting) return false;
      unit.emit(UserRemoved, { userId });
      return true;
    });
  }

  /** Their open work is somebody else's business now. @returns false when that was known */
  confirm({ tenantId, userId }: Removed): Promise<boolean> {
    return this.#unit(tenantId, userId, async (unit) => {
      const done = await db(unit.tx).updateTable('Membership').set({ removalAnnouncedAt: null })
        .where('tenantId', '=', tenantId).where('id', '=', userId).where('removalAnnouncedAt', 'is not', null).returning('id').executeTakeFirst();
      return done !== undefined;
    });
  }

  #unit<T>(tenantId: string, userId: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return runUnit(this.deps.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `removal-${userId}` }, work);
  }
}
