// Queries and changes of roles.
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { inputId, OperationContext } from '../../kernel/graphql/context.js';
import type { IdentityServices } from '../services.js';
import { RoleCreateInput, RoleDeleteInput, RoleUpdateInput } from './role.inputs.js';
import { listRoles } from './role.list.js';
import { roleById, type RoleRow } from './role.loaders.js';
import { RoleConnection, RoleCreatePayload, RoleDeletePayload, RoleType, RoleUpdatePayload } from './role.type.js';

const roleId = (text: string): string => inputId('role', text, ['input', 'roleId']);

@Resolver(() => RoleType)
export class RoleResolver {
  constructor(private readonly services: IdentityServices) {}

  @Query(() => RoleConnection, { nullable: true, description: 'The roles of your tenant, presets and your own, by name, then by id.' })
  roles(@Args(() => PageArgs) page: PageArgs, @Ctx() context: OperationContext) {
    return listRoles(context, page);
  }

  @FieldResolver(() => [String], { description: 'Every permission it gives, sorted, e.g. `conversation:read`.' })
  permissions(@Root() { preset, listed }: RoleRow): string[] {
    return this.services.roles.permissionsOf([{ preset, permissions: listed }]);
  }

  @Mutation(() => RoleCreatePayload, { nullable: true, description: 'Makes a role of your tenant\'s own. Needs `user:manage` and every permission it gives.' })
  async roleCreate(
    @Ctx() context: OperationContext, @Arg('input', () => RoleCreateInput, { description: 'The role.' }) { name, description, permissions }: RoleCreateInput,
  ) {
    const id = await this.services.roleChanges.create(context, { name: name.trim(), description: description?.trim() ?? null, permissions });
    return { role: await context.load(roleById, id), userErrors: [] };
  }

  @Mutation(() => RoleUpdatePayload, {
    nullable: true,
    description: 'Changes a role of your own. Who holds it has the new rights at their next request. Needs `user:manage` and every permission it gave and will give.',
  })
  async roleUpdate(
    @Ctx() context: OperationContext, @Arg('input', () => RoleUpdateInput, { description: 'What to change.' }) input: RoleUpdateInput,
  ) {
    const id = await this.services.roleChanges.update(context, roleId(input.roleId), {
      name: input.name?.trim(), description: input.description === null ? null : input.description?.trim(), permissions: input.permissions ?? undefined,
    });
    return { role: await context.load(roleById, id), userErrors: [] };
  }

  @Mutation(() => RoleDeletePayload, {
    nullable: true,
    description: 'Deletes a role of your own and takes it from everybody who holds it. Needs `user:manage` and every permission it gives.',
  })
  async roleDelete(
    @Ctx() context: OperationContext, @Arg('input', () => RoleDeleteInput, { description: 'Which role.' }) input: RoleDeleteInput,
  ) {
    return { grantsEnded: await this.services.roleChanges.delete(context, roleId(input.roleId)), userErrors: [] };
  }
}
