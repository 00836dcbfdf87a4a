// Orders: placed, moved on, and what they are made up of.
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { cartById } from '../cart/cart.loaders.js';
import { totalsOf } from '../cart/cart.totals.js';
import { ChosenOptionType, TotalsType } from '../cart/cart.type.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { moneyOf, MoneyType } from '../money/money.type.js';
import { variantById } from '../product/product.loaders.js';
import { VariantType } from '../product/product.type.js';
import { FulfillmentStatusEnum } from './order.enums.js';
import { OrderPlaceInput, OrderPlacePayload, OrderRepeatInput, OrderRepeatPayload, OrderTransitionInput, OrderTransitionPayload } from './order.inputs.js';
import { listOrders, OrdersArgs } from './order.list.js';
import { eventsOfOrder, linesOfOrder, orderById, type LineRow, type OrderRow } from './order.loaders.js';
import { placeOrder } from './order.place.js';
import { repeatOrder } from './order.repeat.js';
import { allowedFrom } from './order.states.js';
import { transitOrder } from './order.transition.js';
import { OrderConnection, OrderEventType, OrderLineType, OrderType } from './order.type.js';

@Resolver(() => OrderType)
export class OrderWorkResolver {
  @Query(() => OrderConnection, { nullable: true, description: 'Orders of your tenant, newest first: by `placedAt` descending, then `id` descending.' })
  orders(@Args(() => OrdersArgs) args: OrdersArgs, @Ctx() context: OperationContext) {
    return listOrders(context, args);
  }

  @Mutation(() => OrderRepeatPayload, { nullable: true, description: 'Fills a new cart with what an order was, for the same customer, at the prices of now. What is not sold any more is in it with its `problem`.' })
  async orderRepeat(@Arg('input', () => OrderRepeatInput, { description: 'Which order.' }) input: OrderRepeatInput, @Ctx() context: OperationContext) {
    const id = await repeatOrder(context, inputId('ord', input.orderId, ['input', 'orderId']));
    return { cart: await context.load(cartById, id), userErrors: [] };
  }

  @Mutation(() => OrderPlacePayload, { nullable: true, description: 'Orders what is in a cart, at the prices of now. What is counted is kept for the order in the same moment, or nothing is ordered.' })
  async orderPlace(@Arg('input', () => OrderPlaceInput, { description: 'Which cart.' }) input: OrderPlaceInput, @Ctx() context: OperationContext) {
    const { expectedTotal = null, idempotencyKey } = input;
    const id = await placeOrder(context, { cartId: inputId('cart', input.cartId, ['input', 'cartId']), expectedTotal, idempotencyKey });
    return { order: await context.load(orderById, id), userErrors: [] };
  }

  @Mutation(() => OrderTransitionPayload, { nullable: true, description: 'Moves an order on: accepted, its goods are sold; rejected or canceled, they are free again and its voucher is given back.' })
  async orderTransition(@Arg('input', () => OrderTransitionInput, { description: 'Which order, and where it goes.' }) input: OrderTransitionInput, @Ctx() context: OperationContext) {
    const id = inputId('ord', input.orderId, ['input', 'orderId']);
    await transitOrder(context, id, input);
    return { order: await context.load(orderById, id), userErrors: [] };
  }

  @FieldResolver(() => [FulfillmentStatusEnum], { description: 'Where `orderTransition` may take it from where it is.' })
  allowedTransitions(@Root() { fulfillmentStatus, fulfillment }: OrderRow) {
    return allowedFrom(fulfillmentStatus, fulfillment);
  }

  @FieldResolver(() => TotalsType, { description: 'What it costs, and of what that is made up.' })
  totals(@Root() order: OrderRow) {
    return totalsOf({
      subtotalMinor: BigInt(order.subtotalMinor), discountMinor: BigInt(order.discountMinor), taxMinor: BigInt(order.taxMinor), tipMinor: BigInt(order.tipMinor), totalMinor: BigInt(order.totalMinor),
    }, order.currency);
  }

  @FieldResolver(() => [OrderLineType], { description: 'What was bought, in the order of the cart: at most 50; none of an order that was recorded.' })
  async lines(@Root() { id }: OrderRow, @Ctx() context: OperationContext) {
    return (await context.load(linesOfOrder, id)) ?? [];
  }

  @FieldResolver(() => [OrderEventType], { description: 'Its steps and changes, oldest first: at most 60; none of an order that was recorded.' })
  async events(@Root() { id }: OrderRow, @Ctx() context: OperationContext) {
    return (await context.load(eventsOfOrder, id)) ?? [];
  }
}

@Resolver(() => OrderLineType)
export class OrderLineResolver {
  @FieldResolver(() => VariantType, { nullable: true, description: 'What was bought, as it is now.' })
  variant(@Root() { variantId }: LineRow, @Ctx() context: OperationContext) {
    return context.load(variantById, variantId);
  }

  @FieldResolver(() => [ChosenOptionType], { description: 'What was chosen with it: at most 100.' })
  choices(@Root() { choices, currency }: LineRow) {
    return choices.map(({ group, name, minor }) => ({ group, name, price: moneyOf(minor, currency) }));
  }

  @FieldResolver(() => MoneyType, { description: 'What one cost with what was chosen.' })
  unitPrice(@Root() { unitMinor, currency }: LineRow) {
    return moneyOf(unitMinor, currency);
  }

  @FieldResolver(() => MoneyType, { description: 'Its part of what was taken off.' })
  discount(@Root() { discountMinor, currency }: LineRow) {
    return moneyOf(discountMinor, currency);
  }

  @FieldResolver(() => MoneyType, { description: 'Its tax.' })
  tax(@Root() { taxMinor, currency }: LineRow) {
    return moneyOf(taxMinor, currency);
  }

  @FieldResolver(() => MoneyType, { description: 'What it cost in all, with its tax and less its part of what was taken off.' })
  total(@Root() { totalMinor, currency }: LineRow) {
    return moneyOf(totalMinor, currency);
  }
}
