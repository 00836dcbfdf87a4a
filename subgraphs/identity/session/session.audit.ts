// Whose event a sign-in or refresh is: the caller is anonymous, the service knows better.
import type { Actor } from '../../kernel/base/actor.js';
import type { MutationAudit, OperationContext } from '../../kernel/graphql/context.js';
import { tenantOf } from '../platform.js';
import type { SessionAddress } from './session.tokens.js';

/** The audit event of the running mutation. */
export function auditOf(context: OperationContext): MutationAudit {
  if (!context.mutation) throw new Error('This runs inside a root mutation field.');
  return context.mutation;
}

/** From here on the person of this session acts, in its tenant. @returns what takes it back, for a session that did not come to be */
export function actAs(context: OperationContext, { home, sessionId, userId }: SessionAddress): () => void {
  const audit = auditOf(context);
  const before = { actor: audit.actor, scope: audit.scope, draft: audit.draft };
  const tenant = tenantOf(home);
  const actor: Actor = { ...context.actor, kind: 'user', sub: userId, tenant, session: sessionId };
  audit.actor = actor;
  audit.scope = { tenant, user: userId };
  audit.draft = { ...audit.draft, resource: { type: 'Session', id: sessionId } };
  return () => { Object.assign(audit, before); };
}
