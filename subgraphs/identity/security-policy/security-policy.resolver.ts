// What the tenant demands of sign-ins.
import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { OperationContext } from '../../kernel/graphql/context.js';
import type { IdentityServices } from '../services.js';
import { SecurityPolicyUpdateInput } from './security-policy.inputs.js';
import { SecurityPolicyType, SecurityPolicyUpdatePayload } from './security-policy.type.js';

@Resolver()
export class SecurityPolicyResolver {
  constructor(private readonly services: IdentityServices) {}

  @Query(() => SecurityPolicyType, { nullable: true, description: 'What the tenant demands of the sign-ins of its people.' })
  securityPolicy(@Ctx() context: OperationContext) {
    return this.services.securityPolicies.read(context);
  }

  @Mutation(() => SecurityPolicyUpdatePayload, {
    nullable: true,
    description: 'Changes what the tenant demands. It holds from the next request on, for sessions that are open already too: ' +
      'those beyond a new limit have ended. Only a person may do this, not an API key.',
  })
  async securityPolicyUpdate(
    @Ctx() context: OperationContext,
    @Arg('input', () => SecurityPolicyUpdateInput, { description: 'What to change.' }) input: SecurityPolicyUpdateInput,
  ) {
    return { securityPolicy: await this.services.securityPolicies.update(context, input), userErrors: [] };
  }
}
