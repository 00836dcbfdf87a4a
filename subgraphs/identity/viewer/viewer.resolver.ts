// Who is asking and what they may do: from the verified actor, names from the tables.
import { Arg, Ctx, FieldResolver, Query, Resolver } from 'type-graphql';
import { encodeId } from '../../kernel/base/ids.js';
import { OperationContext } from '../../kernel/graphql/context.js';
import { apiKeyById, type ApiKeyRow } from '../api-key/api-key.loaders.js';
import { tenantsOfPerson } from '../organization/organization.loaders.js';
import { grantsOfUser, type RoleRow } from '../role/role.loaders.js';
import type { TenantChoice } from '../session/session.type.js';
import { userById, type UserRow } from '../user/user.loaders.js';
import { Viewer } from './viewer.type.js';

@Resolver(() => Viewer)
export class ViewerResolver {
  @Query(() => Viewer, { nullable: true, description: 'The caller. Needs a token.' })
  viewer(@Ctx() { actor }: OperationContext) {
    return { tenant: actor.tenant === null ? null : { id: actor.tenant }, permissions: actor.permissions };
  }

  @FieldResolver()
  async user(@Ctx() context: OperationContext): Promise<UserRow | null> {
    return context.actor.sub === null ? null : context.load(userById, context.actor.sub);
  }

  @FieldResolver()
  async apiKey(@Ctx() context: OperationContext): Promise<ApiKeyRow | null> {
    return context.actor.apiKey === null ? null : context.load(apiKeyById, context.actor.apiKey);
  }

  @FieldResolver()
  async tenants(@Ctx() context: OperationContext): Promise<TenantChoice[]> {
    const found = context.actor.sub === null ? null : await context.load(tenantsOfPerson, context.actor.sub);
    return (found ?? []).map(({ tenantId, name }) => ({ id: encodeId('tnt', tenantId), name }));
  }

  @FieldResolver()
  async roles(@Ctx() context: OperationContext): Promise<RoleRow[]> {
    const grants = context.actor.sub === null ? null : await context.load(grantsOfUser, context.actor.sub);
    return (grants ?? []).filter(({ expired }) => !expired).map(({ role }) => role);
  }

  @Query(() => Boolean, { description: 'Whether the caller has a permission. False for one that does not exist.' })
  hasPermission(
    @Ctx() { actor }: OperationContext,
    @Arg('permission', () => String, { description: 'Its name, e.g. `conversation:read`.' }) permission: string,
  ): boolean {
    return actor.permissions.includes(permission);
  }
}
