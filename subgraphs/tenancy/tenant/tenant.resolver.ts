// The tenant of whoever asks.
import { Ctx, Query, Resolver } from 'type-graphql';
import { OperationContext } from '../../kernel/graphql/context.js';
import { tenantById, type TenantRow } from './tenant.loaders.js';
import { TenantType } from './tenant.type.js';

@Resolver(() => TenantType)
export class TenantResolver {
  @Query(() => TenantType, {
    nullable: true, description: 'The tenant of this session; null for people of the platform. Needs a token.',
  })
  async tenant(@Ctx() context: OperationContext): Promise<TenantRow | null> {
    return context.actor.tenant === null ? null : context.load(tenantById, context.actor.tenant);
  }
}
