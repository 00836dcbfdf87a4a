// Who may share one stream: by default one person (or key) with the same rights and the same session.
import type { Actor } from '../../subgraphs/kernel/base/actor.js';
import type { SubscriptionPlan } from './plan.js';

/** All that a field may ask about who asks. */
export const rightsOf = ({ sub, apiKey, tenant, session, permissions, epoch, closed }: Actor): string =>
  JSON.stringify([sub, apiKey, tenant, session, epoch, closed ?? null, [...permissions].sort()]);

/** Equal for those who get the same bytes. */
export function groupKey({ id, resume }: SubscriptionPlan, variables: Record<string, unknown>, actor: Actor): string {
  const asked = resume.kind === 'variable' ? { ...variables, [resume.name]: null } : variables;
  return JSON.stringify([id, rightsOf(actor), asked]);
}
