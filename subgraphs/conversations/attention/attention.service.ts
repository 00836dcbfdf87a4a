// What staff are to be told of is announced until identity confirms it: no queue and no event is trusted to arrive.
import { systemActor } from '../../kernel/base/actor.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { StaffNotificationRequested } from '../events.js';
import { db } from '../tables.js';

export class AttentionService {
  constructor(private readonly unit: UnitOfWorkDeps) {}

  /** Says it again. @returns false when it was confirmed meanwhile */
  announce(tenantId: string, dedupeKey: string): Promise<boolean> {
    return this.#unit(tenantId, dedupeKey, async (unit) => {
      const waiting = await db(unit.tx).updateTable('AttentionRequest').set({ announcedAt: unit.now })
        .where('tenantId', '=', tenantId).where('dedupeKey', '=', dedupeKey).returning('payload').executeTakeFirst();
      if (!waiting) return false;
      unit.emit(StaffNotificationRequested, waiting.payload);
      return true;
    });
  }

  /** Identity has told whoever is to be told. @returns false when that was known */
  confirm(tenantId: string, dedupeKey: string): Promise<boolean> {
    return this.#unit(tenantId, dedupeKey, async (unit) => {
      const confirmed = await db(unit.tx).deleteFrom('AttentionRequest')
        .where('tenantId', '=', tenantId).where('dedupeKey', '=', dedupeKey).returning('dedupeKey').executeTakeFirst();
      return confirmed !== undefined;
    });
  }

  #unit<T>(tenantId: string, dedupeKey: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return runUnit(this.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `attention-${dedupeKey}` }, work);
  }
}
