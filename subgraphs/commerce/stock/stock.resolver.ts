// Stock: shown with its variant, and counted.
import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import type { VariantRow } from '../product/product.loaders.js';
import { VariantType } from '../product/product.type.js';
import type { CommerceServices } from '../services.js';
import { stockOf } from './stock.service.js';
import { StockAdjustInput, StockAdjustPayload, StockMovementConnection, StockType } from './stock.type.js';

@ArgsType()
class StockMovementsArgs extends PageArgs {
  @Field(() => ID, { description: 'The variant, `vrnt_…`.' })
  variantId!: string;
}

@Resolver(() => VariantType)
export class VariantStockResolver {
  constructor(private readonly services: CommerceServices) {}

  @FieldResolver(() => StockType, { nullable: true, description: 'How many there are; null while nobody has counted any.' })
  stock(@Root() { id }: VariantRow, @Ctx() context: OperationContext) {
    return context.load(stockOf, id);
  }

  @Query(() => StockMovementConnection, { nullable: true, description: 'Every move of the stock of a variant, newest first.' })
  stockMovements(@Args(() => StockMovementsArgs) { variantId, ...page }: StockMovementsArgs, @Ctx() context: OperationContext) {
    return this.services.stock.movements(context, inputId('vrnt', variantId, ['variantId']), page);
  }

  @Mutation(() => StockAdjustPayload, { nullable: true, description: 'Counts stock up or down. What is promised to orders stays.' })
  async stockAdjust(@Arg('input', () => StockAdjustInput, { description: 'Of what, and by how many.' }) input: StockAdjustInput, @Ctx() context: OperationContext) {
    const id = inputId('vrnt', input.variantId, ['input', 'variantId']);
    await this.services.stock.adjust(context, id, input);
    return { stock: await context.load(stockOf, id), userErrors: [] };
  }
}
