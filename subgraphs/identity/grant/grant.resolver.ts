// Giving and taking roles.
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { inputId, OperationContext } from '../../kernel/graphql/context.js';
import type { GrantRow } from '../role/role.loaders.js';
import type { IdentityServices } from '../services.js';
import { userById, type UserRow } from '../user/user.loaders.js';
import { User } from '../user/user.type.js';
import type { GrantKey } from './grant.service.js';
import { RoleGrantInput, RoleRevokeInput } from './grant.inputs.js';
import { RoleGrant, RoleGrantPayload, RoleRevokePayload } from './grant.type.js';

const keyOf = ({ userId, roleId }: GrantKey): GrantKey => ({
  userId: inputId('user', userId, ['input', 'userId']), roleId: inputId('role', roleId, ['input', 'roleId']),
});

@Resolver(() => RoleGrant)
export class GrantResolver {
  constructor(private readonly services: IdentityServices) {}

  @FieldResolver(() => User, { nullable: true, description: 'Who gave it; null: the system.' })
  async grantedBy(@Root() { grantedById }: GrantRow, @Ctx() context: OperationContext): Promise<UserRow | null> {
    return grantedById === null ? null : context.load(userById, grantedById);
  }

  @Mutation(() => RoleGrantPayload, {
    nullable: true,
    description: 'Gives a person a role, or changes until when they hold it. It counts at their next request. ' +
      'Needs `user:manage` and every permission the role gives.',
  })
  async roleGrant(
    @Ctx() context: OperationContext, @Arg('input', () => RoleGrantInput, { description: 'Who gets what, until when.' }) input: RoleGrantInput,
  ) {
    const key = keyOf(input);
    await this.services.grants.grant(context, key, input.until ?? null);
    return { user: await context.load(userById, key.userId), userErrors: [] };
  }

  @Mutation(() => RoleRevokePayload, {
    nullable: true,
    description: 'Takes a role from a person. It counts at their next request. Needs `user:manage` and every permission the role gives.',
  })
  async roleRevoke(
    @Ctx() context: OperationContext, @Arg('input', () => RoleRevokeInput, { description: 'Who loses what.' }) input: RoleRevokeInput,
  ) {
    const key = keyOf(input);
    await this.services.grants.revoke(context, key);
    return { user: await context.load(userById, key.userId), userErrors: [] };
  }
}
