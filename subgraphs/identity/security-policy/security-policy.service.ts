// Reading and changing what a tenant demands. A change holds for living sessions too.
import { invalidInput } from '../../kernel/base/errors.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { noteAccessChange } from '../access-change/access-change.js';
import { enterHome, homeOf, readHome } from '../platform.js';
import { auditOf } from '../session/session.audit.js';
import { db } from '../tables.js';
import type { SecurityPolicyUpdateInput } from './security-policy.inputs.js';
import { DEFAULT_POLICY, policyOf, type Policy } from './security-policy.js';

export class SecurityPolicyService {
  async read(context: OperationContext): Promise<Policy> {
    return policyOf(await readHome(context), homeOf(context.actor));
  }

  /** @throws Refusal InputInvalid when the idle limit would lie beyond the absolute one */
  async update(context: OperationContext, input: SecurityPolicyUpdateInput): Promise<Policy> {
    const { actor, userId } = context;
    const home = homeOf(actor);
    const audit = auditOf(context);
    audit.draft = { ...audit.draft, resource: { type: 'Tenant', id: actor.tenant } };
    return context.mutate(async (unit) => {
      if (actor.tenant === null) await enterHome(unit.tx, home, userId, actor.permissions);
      // The row first, then its lock: of two changes at once the second starts from what the first has left.
      await db(unit.tx).insertInto('SecurityPolicy').values({ tenantId: home, ...DEFAULT_POLICY, updatedAt: unit.now })
        .onConflict((conflict) => conflict.column('tenantId').doNothing()).execute();
      const before = await db(unit.tx).selectFrom('SecurityPolicy').select(['mfaRequired', 'sessionIdleMinutes', 'sessionAbsoluteMinutes'])
        .where('tenantId', '=', home).forUpdate().executeTakeFirstOrThrow();
      const after = changed(before, input);
      await db(unit.tx).updateTable('SecurityPolicy').set({ ...after, updatedAt: unit.now }).where('tenantId', '=', home).execute();
      await noteAccessChange(unit, { home });
      audit.draft = { ...audit.draft, before: { ...before }, after: { ...after } };
      return after;
    });
  }
}

function changed(before: Policy, input: SecurityPolicyUpdateInput): Policy {
  const after: Policy = {
    mfaRequired: input.mfaRequired ?? before.mfaRequired,
    sessionIdleMinutes: input.sessionIdleMinutes ?? before.sessionIdleMinutes,
    sessionAbsoluteMinutes: input.sessionAbsoluteMinutes ?? before.sessionAbsoluteMinutes,
  };
  if (after.sessionIdleMinutes > after.sessionAbsoluteMinutes) {
    const field = input.sessionIdleMinutes === null || input.sessionIdleMinutes === undefined ? 'sessionAbsoluteMinutes' : 'sessionIdleMinutes';
    throw invalidInput('The idle limit must not lie beyond the absolute one.', ['input', field]);
  }
  return after;
}
