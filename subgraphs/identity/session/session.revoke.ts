// Ending sessions from the list of them: one, the others, all; one's own, or a colleague's as an administrator.
import { ErrorCode, Refusal, forbidden } from '../../kernel/base/errors.js';
import { encodeId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { enterHome, homeOf } from '../platform.js';
import { MANAGE_USERS, type RightsService } from '../role/role.rights.js';
import { db } from '../tables.js';
import { auditOf } from './session.audit.js';
import { endSessions } from './session.end.js';

const sessionNotFound = (): Refusal =>
  new Refusal('SessionNotFound', ErrorCode.NOT_FOUND, 'There is no such session that you may end.', ['input', 'sessionId']);

export class SessionRevocation {
  constructor(private readonly rights: RightsService) {}

  /**
   * @returns how many ended: 0 when it had ended before
   * @throws Refusal SessionNotFound for another's session without `user:manage`, as for one that does not exist; GrantRefused
   */
  async one(context: OperationContext, sessionId: string): Promise<number> {
    const { actor, userId } = context;
    const home = homeOf(actor);
    const audit = auditOf(context);
    audit.draft = { ...audit.draft, resource: { type: 'Session', id: sessionId } };
    return context.mutate(async (unit) => {
      await enterHome(unit.tx, home, userId, actor.permissions);
      // Row-level security shows one's own, and everybody's to who manages people.
      const found = await db(unit.tx).selectFrom('Session').select('userId')
        .where('tenantId', '=', home).where('id', '=', sessionId).executeTakeFirst();
      if (!found) throw sessionNotFound();
      await this.#within(unit, context, found.userId);
      const ended = await endSessions(unit, { home, userId: found.userId, reason: 'REVOKED', only: sessionId });
      audit.draft = { ...audit.draft, after: { user: encodeId('user', found.userId), sessionsEnded: ended } };
      return ended;
    });
  }

  /**
   * Ends all sessions of a person in this tenant, or all but the caller's.
   * @throws FORBIDDEN for another's without `user:manage`; Refusal GrantRefused
   */
  async many(context: OperationContext, others: boolean, of: string | null): Promise<number> {
    const { actor } = context;
    const userId = of ?? context.userId;
    if (userId !== context.userId && !actor.permissions.includes(MANAGE_USERS)) throw forbidden(MANAGE_USERS);
    const audit = auditOf(context);
    audit.draft = { ...audit.draft, resource: { type: 'Session', id: null } };
    return context.mutate(async (unit) => {
      await enterHome(unit.tx, homeOf(actor), context.userId, actor.permissions);
      await this.#within(unit, context, userId);
      const ended = await endSessions(unit, { home: homeOf(actor), userId, reason: 'REVOKED', except: others ? actor.session : null });
      audit.draft = { ...audit.draft, after: { user: encodeId('user', userId), others, sessionsEnded: ended } };
      return ended;
    });
  }

  /** As for suspending somebody: nobody ends sessions of who may do more than they. */
  async #within(unit: UnitOfWork, context: OperationContext, of: string): Promise<void> {
    if (of === context.userId) return;
    const held = await this.rights.held(unit, context);
    this.rights.within(held, await this.rights.of(unit, homeOf(context.actor), of), null);
  }
}
