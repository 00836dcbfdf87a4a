// Suspending, reactivating and removing people. What they hold at that moment must be within what the person who asks holds.
import { newId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { Quotas } from '../../kernel/graphql/quotas.js';
import { noteAccessChange } from '../access-change/access-change.js';
import { endGrants } from '../grant/grant.service.js';
import type { MembershipStatus } from '../membership/membership.entity.js';
import { tenantOf } from '../platform.js';
import { userNotFound } from '../role/role.refusals.js';
import type { Rights, RightsChange, RightsService } from '../role/role.rights.js';
import { endSessions } from '../session/session.end.js';
import { db } from '../tables.js';
import { USERS } from '../tenant-limit/tenant-limit.js';
import { UserSuspended } from './user.events.js';
import { notOneself, userStateWrong } from './user.refusals.js';
import { announceRemoval } from './user.removal.js';

/** From which states a person gets into one; a state machine is a table. */
const FROM: Readonly<Record<MembershipStatus, { states: readonly MembershipStatus[]; otherwise: string }>> = {
  SUSPENDED: { states: ['ACTIVE'], otherwise: 'Only who is active can be suspended.' },
  ACTIVE: { states: ['SUSPENDED'], otherwise: 'Only who is suspended can be reactivated.' },
  DELETED: { states: ['ACTIVE', 'SUSPENDED'], otherwise: 'This person has left already.' },
};

/** Notes the state of a membership from now on. */
export async function noteMembership({ unit, home, userId: changedBy }: Pick<RightsChange, 'unit' | 'home' | 'userId'>, userId: string, status: MembershipStatus): Promise<void> {
  await db(unit.tx).insertInto('MembershipChange')
    .values({ tenantId: home, id: newId(), userId, status, changedBy, changedAt: unit.now }).execute();
}

export class UserChanges {
  constructor(private readonly rights: RightsService, private readonly quotas: Quotas) {}

  /** Ends their sessions at once. @throws Refusal UserNotFound, UserIsYourself, UserStateWrong, GrantRefused, LastOwner */
  suspend(context: OperationContext, userId: string): Promise<void> {
    return this.#move(context, userId, 'SUSPENDED', async (change) => {
      if (tenantOf(change.home) !== null) change.unit.emit(UserSuspended, { userId });
      await endSessions(change.unit, { home: change.home, userId, reason: 'SUSPENDED' });
    });
  }

  /** They sign in again. @throws Refusal UserNotFound, UserIsYourself, UserStateWrong, GrantRefused */
  reactivate(context: OperationContext, userId: string): Promise<void> {
    return this.#move(context, userId, 'ACTIVE', async ({ unit, home }) => {
      // A login that had read the membership before the suspension may have stored its session after it.
      await endSessions(unit, { home, userId, reason: 'SUSPENDED' });
    });
  }

  /**
   * They leave for good. The row stays under its name, so that what they wrote keeps its author; the address goes.
   * @throws Refusal UserNotFound, UserIsYourself, UserStateWrong, GrantRefused, LastOwner
   */
  delete(context: OperationContext, userId: string): Promise<void> {
    return this.#move(context, userId, 'DELETED', async ({ unit, home, userId: by }) => {
      await endGrants(unit, home, userId, by);
      await db(unit.tx).updateTable('Membership').set({ email: null }).where('tenantId', '=', home).where('id', '=', userId).execute();
      if (tenantOf(home) !== null) {
        await this.quotas.giveBack(unit, home, USERS);
        await announceRemoval(unit, { tenantId: home, userId });
      }
      await endSessions(unit, { home, userId, reason: 'DELETED' });
    });
  }

  /** @param consequences what else happens, once the membership has its new state */
  async #move(context: OperationContext, userId: string, status: MembershipStatus, consequences: (change: RightsChange) => Promise<void>): Promise<void> {
    await this.rights.change(context, async (change) => {
      const { unit, audit, home, held } = change;
      audit.draft = { ...audit.draft, resource: { type: 'User', id: userId } };
      const member = await db(unit.tx).selectFrom('Membership').select('status')
        .where('tenantId', '=', home).where('id', '=', userId).forUpdate().executeTakeFirst();
      if (!member) throw userNotFound();
      if (userId === change.userId) throw notOneself();
      if (!FROM[status].states.includes(member.status)) throw userStateWrong(FROM[status].otherwise);
      const touched: Rights = await this.rights.of(unit, home, userId);
      this.rights.within(held, touched, null);
      await db(unit.tx).updateTable('Membership').set({ status }).where('tenantId', '=', home).where('id', '=', userId).execute();
      await noteMembership(change, userId, status);
      await noteAccessChange(unit, { home, userId });
      await consequences(change);
      if (touched.owner) await this.rights.keepOwner(unit, home);
      audit.draft = { ...audit.draft, before: { status: member.status }, after: { status } };
    });
  }
}
