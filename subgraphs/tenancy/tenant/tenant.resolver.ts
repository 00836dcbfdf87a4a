// The tenant of whoever asks.
import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { inputId, OperationContext } from '../../kernel/graphql/context.js';
import { tenantInDirectory } from '../life/life.directory.js';
import { tenantById, type TenantView } from './tenant.loaders.js';
import { TenantType } from './tenant.type.js';

@Resolver(() => TenantType)
export class TenantResolver {
  @Query(() => TenantType, {
    nullable: true,
    description: 'The tenant of this session, also while it is suspended or being deleted. People of the platform name one by `id` and need `system:admin`; ' +
      'for everybody else another tenant than their own is null. Needs a token.',
  })
  async tenant(
    @Ctx() context: OperationContext,
    @Arg('id', () => ID, { nullable: true, description: 'Which one, `tnt_…`; the own when absent.' }) id?: string | null,
  ): Promise<TenantView | null> {
    const { tenant } = context.actor;
    const wanted = id === null || id === undefined ? tenant : inputId('tnt', id, ['id']);
    if (wanted === null) return null;
    return context.load(tenant === null ? tenantInDirectory : tenantById, wanted);
  }
}
