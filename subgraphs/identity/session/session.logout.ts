// Signing out: this session, or every session of the person in every tenant.
import type { OperationContext } from '../../kernel/graphql/context.js';
import { homeOf } from '../platform.js';
import { auditOf } from './session.audit.js';
import { endEverywhere, endSessions } from './session.end.js';

export class SessionLogout {
  /** @returns how many sessions ended; 0 when it had ended before */
  async logout(context: OperationContext, everywhere: boolean): Promise<number> {
    const { userId, actor } = context;
    const audit = auditOf(context);
    audit.draft = { ...audit.draft, resource: { type: 'Session', id: actor.session } };
    return context.mutate(async (unit) => {
      const { action, type } = audit.draft;
      const ended = everywhere
        ? await endEverywhere(unit, { userId, reason: 'LOGOUT' }, { action, type })
        : await endSessions(unit, { home: homeOf(actor), userId, reason: 'LOGOUT', only: actor.session }).then((count) => ({ all: count, here: count }));
      audit.draft = { ...audit.draft, after: { everywhere, sessionsEnded: ended.here } };
      return ended.all;
    });
  }
}
