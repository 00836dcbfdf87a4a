// Orders in the graph.
import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import { TotalsType } from '../cart/cart.type.js';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { Node } from '../../kernel/graphql/node.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import type { ChargeStatus, Fulfillment, RefundStatus } from './order.entity.js';
import { ChargeStatusEnum, FulfillmentEnum, FulfillmentStatusEnum, RefundStatusEnum } from './order.enums.js';
import type { OrderState } from './order.states.js';

@ObjectType('Order', { implements: Node, description: 'What a customer bought.' })
@Directive('@key(fields: "id")')
@Directive('@key(fields: "nodeKey")')
export class OrderType extends Node {
  @Field(() => ID, { description: 'Same as `id`; joins `node(id)` to its owner.' })
  @Directive('@inaccessible')
  nodeKey!: string;

  @Field(() => Int, { description: 'Number people use, counted by the tenant and unique within it.' })
  number!: number;

  @Field(() => FulfillmentStatusEnum, { description: 'How far it is.' })
  fulfillmentStatus!: OrderState;

  @Field(() => ChargeStatusEnum, { description: 'How much of it is paid.' })
  chargeStatus!: ChargeStatus;

  @Field(() => RefundStatusEnum, { description: 'How much of what was paid was given back.' })
  refundStatus!: RefundStatus;

  @Field(() => FulfillmentEnum, { nullable: true, description: 'How the customer gets it; null: it was recorded and not placed here.' })
  fulfillment!: Fulfillment | null;

  @Field(() => String, { nullable: true, description: 'Where to bring it, or the table it is for; null: not said.' })
  address!: string | null;

  @Field(() => String, { nullable: true, description: 'What the customer asks; null: nothing.' })
  note!: string | null;

  @Field(() => String, { nullable: true, description: 'The voucher that was taken; null: none.' })
  voucherCode!: string | null;

  @Field(() => Boolean, { description: 'Whether prices included tax when it was placed.' })
  pricesIncludeTax!: boolean;

  @Field(() => DateTime, { nullable: true, description: 'Until when its goods are kept for it while nobody accepts it, UTC; null: they are not kept.' })
  expiresAt!: Date | null;

  @Field(() => DateTime, { description: 'When the customer placed it.' })
  placedAt!: Date;
}

export const { Connection: OrderConnection } = connectionOf('Order', () => OrderType);

@ObjectType('OrderLine', { description: 'A line of an order, as it was when it was placed or last changed.' })
export class OrderLineType {
  @Field(() => ID, { description: 'Global id, `oline_…`.' })
  id!: string;

  @Field(() => String, { description: 'SKU of what was bought.' })
  sku!: string;

  @Field(() => String, { description: 'Name of the product.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'Name of the variant; null: it had none.' })
  variantName!: string | null;

  @Field(() => Int, { description: 'How many.' })
  quantity!: number;

  @Field(() => String, { nullable: true, description: 'What the customer asked of it; null: nothing.' })
  note!: string | null;

  @Field(() => Int, { description: 'Its rate of tax in millionths: 190000 is 19 %.' })
  taxRatePpm!: number;
}

@ObjectType('OrderEvent', { description: 'One step of an order, or one change of what was ordered. Neither is ever changed.' })
export class OrderEventType {
  @Field(() => Int, { description: 'Counts the steps of the order from 1.' })
  seq!: number;

  @Field(() => FulfillmentStatusEnum, { description: 'Where it was.' })
  from!: OrderState;

  @Field(() => FulfillmentStatusEnum, { description: 'Where it went.' })
  to!: OrderState;

  @Field(() => String, { nullable: true, description: 'Why, as somebody said; null: nobody did.' })
  reason!: string | null;

  @Field(() => DateTime, { description: 'When, UTC.' })
  createdAt!: Date;
}

@ObjectType('StockShortage', { description: 'Something of which there is not enough.' })
export class StockShortageType {
  @Field(() => String, { description: 'Its SKU.' })
  sku!: string;

  @Field(() => Int, { description: 'How many were wanted.' })
  wanted!: number;

  @Field(() => Int, { description: 'How many there were.' })
  available!: number;
}

@ObjectType({ implements: UserError, description: 'There is not enough of something in stock.' })
export class OutOfStock extends UserError {
  @Field(() => [StockShortageType], { description: 'Of what, at most 50.' })
  shortages!: StockShortageType[];
}

@ObjectType({ implements: UserError, description: 'It costs something else than expected: show the customer.' })
export class TotalChanged extends UserError {
  @Field(() => TotalsType, { description: 'What it costs now.' })
  totals!: TotalsType;
}

@ObjectType({ implements: UserError, description: 'There is no such order in your tenant.' })
export class OrderNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'The order does not go there from where it is.' })
export class OrderStateWrong extends UserError {
  @Field(() => [FulfillmentStatusEnum], { description: 'Where it may go.' })
  allowedTransitions!: OrderState[];
}
