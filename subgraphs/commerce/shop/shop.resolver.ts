// The shop: read and changed.
import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { CommerceServices } from '../services.js';
import { ShopType, ShopUpdateInput, ShopUpdatePayload } from './shop.type.js';

@Resolver(() => ShopType)
export class ShopResolver {
  constructor(private readonly services: CommerceServices) {}

  @Query(() => ShopType, { nullable: true, description: 'How your tenant sells: its currency, clock and taxes.' })
  shop(@Ctx() context: OperationContext) {
    return this.services.shops.read(context);
  }

  @Mutation(() => ShopUpdatePayload, { nullable: true, description: 'Changes how your tenant sells.' })
  async shopUpdate(@Arg('input', () => ShopUpdateInput, { description: 'What changes.' }) input: ShopUpdateInput, @Ctx() context: OperationContext) {
    await this.services.shops.update(context, input);
    return { shop: await this.services.shops.read(context), userErrors: [] };
  }
}
