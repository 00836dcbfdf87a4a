// Changing a placed order, and what its history tells of that.
import { Arg, Ctx, FieldResolver, Int, Mutation, Resolver, Root } from 'type-graphql';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { moneyOf } from '../money/money.type.js';
import { editOrder } from './order.edit.js';
import { OrderUpdateInput, OrderUpdatePayload } from './order.edit.inputs.js';
import { OrderChangeType } from './order.edit.type.js';
import { orderById, type EventRow, type OrderRow } from './order.loaders.js';
import { OrderEventType, OrderType } from './order.type.js';

@Resolver(() => OrderType)
export class OrderEditResolver {
  @Mutation(() => OrderUpdatePayload, {
    nullable: true,
    description: 'Changes a placed order before it is accepted: its lines, tip, note, and how the customer gets it. What stays costs what it cost, what is new costs what it costs now; its voucher and taxes go by the rules it was placed by. Goods are kept or given free by the difference in the same moment, or nothing changes. If something was paid, the difference is due or too much: `chargeStatus`.',
  })
  async orderUpdate(@Arg('input', () => OrderUpdateInput, { description: 'Which order, and what changes.' }) input: OrderUpdateInput, @Ctx() context: OperationContext) {
    const id = inputId('ord', input.orderId, ['input', 'orderId']);
    await editOrder(context, id, input);
    return { order: await context.load(orderById, id), userErrors: [] };
  }

  @FieldResolver(() => Int, { description: 'Counts what was ordered from 1: each `orderUpdate` makes the next.' })
  version(@Root() { version }: OrderRow) {
    return version;
  }
}

@Resolver(() => OrderEventType)
export class OrderEventChangeResolver {
  @FieldResolver(() => OrderChangeType, { nullable: true, description: 'What was changed of the order, which stays where it was; null: it went from one state to another.' })
  change(@Root() { changes }: EventRow) {
    if (changes === null) return null;
    const { currency, totalBefore, totalAfter, ...told } = changes;
    return { ...told, totalBefore: moneyOf(totalBefore, currency), totalAfter: moneyOf(totalAfter, currency) };
  }
}
