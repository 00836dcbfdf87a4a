// Arguments and results of changing an order.
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { MoneyInput } from '../money/money.input.js';
import { FulfillmentEnum } from './order.enums.js';
import { OrderType } from './order.type.js';

const QUANTITY = 'How many, 1 to 999.';
const CHOICES = 'What is chosen with it, as the option groups of the product allow.';
const NOTE = 'At most 500 characters.';
const CLEARED = 'Null takes it away.';

@InputType({ description: 'Something that an order is to have besides.' })
export class OrderLineAddInput {
  @Field(() => ID, { description: 'What is bought. It is of the currency of the order, at the price of now.' })
  variantId!: string;

  @Field(() => Int, { description: QUANTITY })
  quantity!: number;

  @Field(() => [ID], { nullable: true, description: CHOICES })
  choiceIds?: string[] | null;

  @Field(() => String, { nullable: true, description: NOTE })
  note?: string | null;
}

@InputType({ description: 'What changes of a line of an order. What is absent stays.' })
export class OrderLineUpdateInput {
  @Field(() => ID, { description: 'The line.' })
  lineId!: string;

  @Field(() => Int, { nullable: true, description: `${QUANTITY} Each costs what it cost when it was ordered.` })
  quantity?: number | null;

  @Field(() => [ID], { nullable: true, description: `${CHOICES} These and no others; the line then costs what it costs now.` })
  choiceIds?: string[] | null;

  @Field(() => String, { nullable: true, description: `${NOTE} ${CLEARED}` })
  note?: string | null;
}

@InputType({ description: 'Input of `orderUpdate`. What is absent stays.' })
export class OrderUpdateInput {
  @Field(() => ID, { description: 'The order, in the state PLACED.' })
  orderId!: string;

  @Field(() => Int, { nullable: true, description: 'The `version` you have seen: refused with `OrderVersionChanged` when it is another one by now. Absent or null: whatever it is.' })
  expectedVersion?: number | null;

  @Field(() => MoneyInput, { nullable: true, description: 'The new total the customer was shown: refused with `TotalChanged` when it comes to another one. Absent or null: whatever it comes to.' })
  expectedTotal?: MoneyInput | null;

  @Field(() => [OrderLineAddInput], { nullable: true, description: 'What it has besides. An order has at most 50 lines.' })
  addLines?: OrderLineAddInput[] | null;

  @Field(() => [OrderLineUpdateInput], { nullable: true, description: 'Lines that change, each once.' })
  updateLines?: OrderLineUpdateInput[] | null;

  @Field(() => [ID], { nullable: true, description: 'Lines that go. One stays at least: an order of nothing is canceled.' })
  removeLineIds?: string[] | null;

  @Field(() => FulfillmentEnum, { nullable: true, description: 'How the customer gets it.' })
  fulfillment?: FulfillmentEnum | null;

  @Field(() => String, { nullable: true, description: `Where to bring it, or the table it is for: at most 500 characters. ${CLEARED}` })
  address?: string | null;

  @Field(() => String, { nullable: true, description: `What the customer asks. ${NOTE} ${CLEARED}` })
  note?: string | null;

  @Field(() => MoneyInput, { nullable: true, description: `In the currency of the order. ${CLEARED}` })
  tip?: MoneyInput | null;

  @Field(() => String, { nullable: true, description: 'Why, at most 500 characters.' })
  reason?: string | null;

  @Field(() => String, { description: 'Your key of this request, 1 to 200 printable ASCII characters: the same again changes nothing twice.' })
  idempotencyKey!: string;
}

@ObjectType({ description: 'Result of `orderUpdate`.' })
export class OrderUpdatePayload {
  @Field(() => OrderType, { nullable: true, description: 'The order as it is now; null when it was refused.' })
  order!: object | null;

  @Field(() => [UserError], { description: 'Why nothing changed; empty when it did, now or when the key was used first.' })
  userErrors!: UserError[];
}
