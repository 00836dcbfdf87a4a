// The receipt of an erasure.
import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { encodeId } from '../../kernel/base/ids.js';
import { inputId, OperationContext } from '../../kernel/graphql/context.js';
import { db } from '../tables.js';
import { TenantErasureType } from './erasure.type.js';

@Resolver()
export class ErasureResolver {
  @Query(() => TenantErasureType, {
    nullable: true,
    description: 'What became of a tenant that was to be erased; null when there was none under this id. For people of the platform; needs `system:admin`.',
  })
  async tenantErasure(
    @Ctx() context: OperationContext, @Arg('tenantId', () => ID, { description: 'The tenant, `tnt_…`.' }) tenantId: string,
  ): Promise<TenantErasureType | null> {
    const id = inputId('tnt', tenantId, ['tenantId']);
    if (context.actor.tenant !== null) return null;
    const found = await db(await context.read()).selectFrom('TenantErasure').selectAll().where('id', '=', id).executeTakeFirst();
    if (!found) return null;
    const receipts = Object.entries(found.receipts).toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([subgraph, { erasedAt, tables }]) => ({ subgraph, erasedAt: new Date(erasedAt), tables }));
    return { tenantId: encodeId('tnt', id), startedAt: found.startedAt, finishedAt: found.finishedAt, receipts };
  }
}
