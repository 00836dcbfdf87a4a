// Arguments and results of orders.
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { MoneyInput } from '../money/money.input.js';
import { FulfillmentStatusEnum } from './order.enums.js';
import type { OrderState } from './order.states.js';
import { CartType } from '../cart/cart.type.js';
import { OrderType } from './order.type.js';

@InputType({ description: 'Input of `orderPlace`.' })
export class OrderPlaceInput {
  @Field(() => ID, { description: 'The cart. It has a customer, a line, and nothing that cannot be ordered now.' })
  cartId!: string;

  @Field(() => MoneyInput, { nullable: true, description: 'The total the customer was shown: refused with `TotalChanged` when it is another one by now. Absent or null: whatever it is.' })
  expectedTotal?: MoneyInput | null;

  @Field(() => String, { description: 'Your key of this request, 1 to 200 printable ASCII characters: the same again is the same order.' })
  idempotencyKey!: string;
}

@InputType({ description: 'Input of `orderTransition`.' })
export class OrderTransitionInput {
  @Field(() => ID, { description: 'The order.' })
  orderId!: string;

  @Field(() => FulfillmentStatusEnum, { description: 'Where it goes: one of its `allowedTransitions`. Where it is already changes nothing.' })
  to!: OrderState;

  @Field(() => String, { nullable: true, description: 'Why, at most 500 characters.' })
  reason?: string | null;
}

@InputType({ description: 'Input of `orderRepeat`.' })
export class OrderRepeatInput {
  @Field(() => ID, { description: 'The order to be had once more.' })
  orderId!: string;
}

@ObjectType({ description: 'Result of `orderRepeat`.' })
export class OrderRepeatPayload {
  @Field(() => CartType, { nullable: true, description: 'The new cart; null when it was refused.' })
  cart!: object | null;

  @Field(() => [UserError], { description: 'Why there is none; empty when there is.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `orderPlace`.' })
export class OrderPlacePayload {
  @Field(() => OrderType, { nullable: true, description: 'The order; null when it was refused.' })
  order!: object | null;

  @Field(() => [UserError], { description: 'Why nothing was ordered; empty when it was, now or when the key was used first.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `orderTransition`.' })
export class OrderTransitionPayload {
  @Field(() => OrderType, { nullable: true, description: 'The order as it is now; null when it was refused.' })
  order!: object | null;

  @Field(() => [UserError], { description: 'Why it stays where it is; empty when it went.' })
  userErrors!: UserError[];
}
