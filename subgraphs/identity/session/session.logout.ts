// Signing out: this session, or every session of the person in every tenant.
import type { OperationContext } from '../../kernel/graphql/context.js';
import { homeOf } from '../platform.js';
import { auditOf } from './session.audit.js';
import { endSessions, type SessionEnding } from './session.end.js';

export class SessionLogout {
  constructor(private readonly ending: SessionEnding) {}

  /** @returns how many sessions ended; 0 when it had ended before */
  async logout(context: OperationContext, everywhere: boolean): Promise<number> {
    const { userId, actor, correlationId } = context;
    const home = homeOf(actor);
    const elsewhere = everywhere
      ? await this.ending.elsewhere(userId, home, { actor, correlationId, action: 'auth.logout', reason: 'LOGOUT' })
      : 0;
    const audit = auditOf(context);
    audit.draft = { ...audit.draft, resource: { type: 'Session', id: actor.session } };
    return context.mutate(async (unit) => {
      const here = await endSessions(unit, { home, userId, reason: 'LOGOUT', only: everywhere ? null : actor.session });
      audit.draft = { ...audit.draft, after: { everywhere, sessionsEnded: here } };
      return here + elsewhere;
    });
  }
}
