// Signing out: this session, or every session of the person in every tenant.
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { runUnit, type UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { AccountService } from '../account/account.service.js';
import { enterHome, homeOf, tenantOf } from '../platform.js';
import { db } from '../tables.js';
import { auditOf } from './session.audit.js';

export class SessionLogout {
  constructor(private readonly deps: SubgraphDeps, private readonly accounts: AccountService) {}

  /** @returns how many sessions ended; 0 when it had ended before */
  async logout(context: OperationContext, everywhere: boolean): Promise<number> {
    const userId = context.userId;
    const home = homeOf(context.actor);
    const elsewhere = everywhere ? await this.#endElsewhere(context, userId, home) : 0;
    const audit = auditOf(context);
    audit.draft = { ...audit.draft, resource: { type: 'Session', id: context.actor.session } };
    return context.mutate(async (unit) => {
      const here = await this.#end(unit, home, userId, everywhere ? null : context.actor.session);
      audit.draft = { ...audit.draft, after: { everywhere, sessionsEnded: here } };
      return here + elsewhere;
    });
  }

  /** Each other tenant has a change and an audit event of its own. Repeating it after a crash ends what is left. */
  async #endElsewhere(context: OperationContext, userId: string, here: string): Promise<number> {
    let ended = 0;
    for (const home of (await this.accounts.homesOf(userId)).filter((one) => one !== here)) {
      const tenant = tenantOf(home);
      const actor = { ...context.actor, tenant, session: null };
      const origin = { actor, correlationId: context.correlationId };
      ended += await runUnit(this.deps.unit, { tenant, user: userId }, origin, async (unit) => {
        const count = await this.#end(unit, home, userId, null);
        unit.audit({
          action: 'auth.logout', type: 'AUTHENTICATION', outcome: 'SUCCESS', resource: { type: 'Session', id: null },
          after: { everywhere: true, sessionsEnded: count },
        });
        return count;
      });
    }
    return ended;
  }

  /** @param sessionId null: all of the person's sessions in `home` */
  async #end(unit: UnitOfWork, home: string, userId: string, sessionId: string | null): Promise<number> {
    if (tenantOf(home) === null) await enterHome(unit.tx, home, userId);
    const ended = await db(unit.tx).updateTable('Session')
      .set(({ eb, ref }) => ({ revokedAt: unit.now, revokedReason: 'LOGOUT', epoch: eb(ref('epoch'), '+', 1) }))
      .where('tenantId', '=', home).where('userId', '=', userId).where('revokedAt', 'is', null)
      .$if(sessionId !== null, (query) => query.where('id', '=', sessionId))
      .returning('id').execute();
    return ended.length;
  }
}
