// Bringing orders in that were made elsewhere, and where an order was made.
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { orderById, type OrderRow } from '../order/order.loaders.js';
import { OrderType } from '../order/order.type.js';
import { importOrder } from './order-import.js';
import { OrderImportInput, OrderImportPayload, OrderOriginType } from './order-import.inputs.js';
import { originOfOrder } from './order-import.loaders.js';

@Resolver(() => OrderType)
export class OrderImportResolver {
  @Mutation(() => OrderImportPayload, {
    nullable: true,
    description: 'Brings in an order that was made elsewhere, e.g. at a till that was offline, at the prices it was sold at. Its goods are taken from stock even where they are promised to others: `Stock.available` is below zero then. The same again changes nothing.',
  })
  async orderImport(@Arg('input', () => OrderImportInput, { description: 'The order as it was made.' }) input: OrderImportInput, @Ctx() context: OperationContext) {
    const { id, repeated } = await importOrder(context, input);
    return { order: await context.load(orderById, id), repeated, userErrors: [] };
  }

  @FieldResolver(() => OrderOriginType, { nullable: true, description: 'Where it was made, when it was brought in by `orderImport`; null: it was placed here.' })
  origin(@Root() { id }: OrderRow, @Ctx() context: OperationContext) {
    return context.load(originOfOrder, id);
  }
}
