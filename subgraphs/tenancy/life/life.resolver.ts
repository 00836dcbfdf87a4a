// Changing a tenant, shutting it, deleting it; and the tenants there are.
import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { inputId, OperationContext } from '../../kernel/graphql/context.js';
import type { TenancyServices } from '../services.js';
import { listTenants } from './life.directory.js';
import { TenantDeleteInput, TenantDeletionCancelInput, TenantReactivateInput, TenantsArgs, TenantSuspendInput, TenantUpdateInput } from './life.inputs.js';
import {
  TenantConnection, TenantDeletePayload, TenantDeletionCancelPayload, TenantReactivatePayload, TenantSuspendPayload, TenantUpdatePayload,
} from './life.type.js';

const tenantId = (text: string): string => inputId('tnt', text, ['input', 'tenantId']);

@Resolver()
export class LifeResolver {
  constructor(private readonly services: TenancyServices) {}

  @Query(() => TenantConnection, {
    nullable: true, description: 'Every tenant of the installation, oldest first. For people of the platform; needs `system:admin`.',
  })
  tenants(@Args(() => TenantsArgs) args: TenantsArgs, @Ctx() context: OperationContext) {
    return listTenants(context, args);
  }

  @Mutation(() => TenantUpdatePayload, { nullable: true, description: 'Changes the profile of your tenant. Needs `org:update`.' })
  async tenantUpdate(@Ctx() context: OperationContext, @Arg('input', () => TenantUpdateInput, { description: 'What to change.' }) input: TenantUpdateInput) {
    return { tenant: await this.services.life.update(context, input), userErrors: [] };
  }

  @Mutation(() => TenantSuspendPayload, {
    nullable: true,
    description: 'Shuts a tenant to its people and API keys within a second: every operation of theirs is FORBIDDEN with `extensions.reason` TENANT_SUSPENDED, ' +
      'and their sockets close. What its customers send is still stored, and replies that were accepted are still sent. For people of the platform; needs `system:admin`.',
  })
  async tenantSuspend(@Ctx() context: OperationContext, @Arg('input', () => TenantSuspendInput, { description: 'Which, and why.' }) input: TenantSuspendInput) {
    return { tenant: await this.services.life.suspend(context, tenantId(input.tenantId), input.reason), userErrors: [] };
  }

  @Mutation(() => TenantReactivatePayload, {
    nullable: true, description: 'Opens a suspended tenant again. Sessions and keys go on as they were. For people of the platform; needs `system:admin`.',
  })
  async tenantReactivate(@Ctx() context: OperationContext, @Arg('input', () => TenantReactivateInput, { description: 'Which.' }) input: TenantReactivateInput) {
    return { tenant: await this.services.life.reactivate(context, tenantId(input.tenantId)), userErrors: [] };
  }

  @Mutation(() => TenantDeletePayload, {
    nullable: true,
    description: 'Shuts your tenant and has it erased, with everything in it, at `deletionDueAt` (after 30 days unless the installation says otherwise). ' +
      'Until then `tenantDeletionCancel` takes it back. Needs `org:delete`, which owners have; only a person may do this, not an API key.',
  })
  async tenantDelete(@Ctx() context: OperationContext, @Arg('input', () => TenantDeleteInput, { description: 'The name of the tenant.' }) input: TenantDeleteInput) {
    return { tenant: await this.services.life.delete(context, input.confirmName), userErrors: [] };
  }

  @Mutation(() => TenantDeletionCancelPayload, {
    nullable: true,
    description: 'Keeps your tenant: it is again what it was before `tenantDelete`. Needs `org:delete`; only a person may do this, not an API key.',
  })
  async tenantDeletionCancel(@Ctx() context: OperationContext, @Arg('input', () => TenantDeletionCancelInput, { description: 'Which.' }) input: TenantDeletionCancelInput) {
    return { tenant: await this.services.life.cancelDeletion(context, tenantId(input.tenantId)), userErrors: [] };
  }
}
