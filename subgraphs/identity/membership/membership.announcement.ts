// Who works in a tenant, told to whoever keeps a list of colleagues: announced until it is noted. Triggers give each state its number.
import { sql } from 'kysely';
import { z } from 'zod';
import { systemActor } from '../../kernel/base/actor.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { defineEvent } from '../../kernel/messaging/events.js';
import { runUnit, type UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { MembershipStatus } from './membership.entity.js';

export const MembershipChanged = defineEvent({
  name: 'MembershipChanged', version: 1,
  description: 'Somebody joined a tenant, was suspended, came back or left. Of two, the one with the higher revision holds. Said again until conversations has noted it.',
  payload: z.object({ userId: z.uuid(), status: z.enum(['ACTIVE', 'SUSPENDED', 'DELETED']), revision: z.number().int() }),
  example: { userId: '01930000-0000-7000-8000-000000000011', status: 'ACTIVE', revision: 1 }, feed: false,
});

export interface Member {
  tenantId: string;
  userId: string;
}

export class MembershipAnnouncement {
  constructor(private readonly deps: SubgraphDeps) {}

  /** Says where somebody stands. @returns false when that was noted meanwhile */
  announce({ tenantId, userId }: Member): Promise<boolean> {
    return this.#unit(tenantId, userId, async (unit) => {
      const { rows: [waiting] } = await sql<{ status: MembershipStatus; revision: number }>`
        update identity.membership set state_announced_at = ${unit.now} where tenant_id = ${tenantId}::uuid and user_id = ${userId}::uuid and state_announced_at is not null
        returning status, state_revision as revision`.execute(unit.tx.getKysely());
      if (!waiting) return false;
      unit.emit(MembershipChanged, { userId, ...waiting });
      return true;
    });
  }

  /** @returns false when that was known, or they have changed since */
  confirm({ tenantId, userId, revision }: Member & { revision: number }): Promise<boolean> {
    return this.#unit(tenantId, userId, async (unit) => {
      const { numAffectedRows } = await sql`
        update identity.membership set state_announced_at = null
        where tenant_id = ${tenantId}::uuid and user_id = ${userId}::uuid and state_revision = ${revision} and state_announced_at is not null`.execute(unit.tx.getKysely());
      return Number(numAffectedRows ?? 0) > 0;
    });
  }

  #unit<T>(tenantId: string, userId: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return runUnit(this.deps.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `member-${userId}` }, work);
  }
}
