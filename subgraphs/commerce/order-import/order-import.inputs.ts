// Arguments and results of bringing orders in that were made elsewhere.
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { BigIntScalar, DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { FulfillmentEnum, FulfillmentStatusEnum } from '../order/order.enums.js';
import type { Fulfillment } from '../order/order.entity.js';
import type { OrderState } from '../order/order.states.js';
import { OrderType } from '../order/order.type.js';

const MINOR = 'in the minor unit of the order\'s currency, at most 2^53 - 1';

@InputType({ description: 'What was chosen with a line that was sold.' })
export class OrderImportChoiceInput {
  @Field(() => String, { description: 'Of what it was one, e.g. `Extra`; at most 100 characters.' })
  group!: string;

  @Field(() => String, { description: 'What was chosen, at most 100 characters.' })
  name!: string;

  @Field(() => BigIntScalar, { description: `What it cost more, ${MINOR}. It is within the line's \`unitMinor\`.` })
  minor!: bigint;
}

@InputType({ description: 'A line as it was sold.' })
export class OrderImportLineInput {
  @Field(() => String, { description: 'SKU of a variant of yours, also of one that is archived.' })
  sku!: string;

  @Field(() => Int, { description: 'How many, 1 to 999.' })
  quantity!: number;

  @Field(() => BigIntScalar, { description: `What one cost with what was chosen, ${MINOR}.` })
  unitMinor!: bigint;

  @Field(() => [OrderImportChoiceInput], { defaultValue: [], description: 'What was chosen with it, at most 100.' })
  choices!: OrderImportChoiceInput[];

  @Field(() => BigIntScalar, { nullable: true, description: `What was taken off the line, ${MINOR}; absent: nothing.` })
  discountMinor?: bigint | null;

  @Field(() => Int, { defaultValue: 0, description: 'Its rate of tax in millionths: 190000 is 19 %.' })
  taxRatePpm!: number;

  @Field(() => BigIntScalar, { nullable: true, description: `Its tax as it was counted, ${MINOR}; absent: none.` })
  taxMinor?: bigint | null;

  @Field(() => String, { nullable: true, description: 'What the customer asked of it, at most 500 characters.' })
  note?: string | null;
}

@InputType({ description: 'Input of `orderImport`.' })
export class OrderImportInput {
  @Field(() => String, { description: 'Where it was made, e.g. `Till 1`: one line of at most 50 characters.' })
  source!: string;

  @Field(() => String, { description: 'What it is called there, 1 to 100 printable ASCII characters without spaces: the same again from the same source is the same order.' })
  externalId!: string;

  @Field(() => DateTime, { description: 'When it was made there, UTC: within the last 400 days.' })
  placedAt!: Date;

  @Field(() => FulfillmentStatusEnum, { defaultValue: 'COMPLETED', description: 'How far it is: ACCEPTED, PREPARING, READY or COMPLETED. From there `orderTransition` moves it on.' })
  fulfillmentStatus!: OrderState;

  @Field(() => FulfillmentEnum, { description: 'How the customer gets it.' })
  fulfillment!: Fulfillment;

  @Field(() => ID, { nullable: true, description: 'Who bought it; absent: somebody who did not say, which is one customer of yours for each source.' })
  customerId?: string | null;

  @Field(() => String, { nullable: true, description: 'Where it was brought, or the table it was for; at most 500 characters.' })
  address?: string | null;

  @Field(() => String, { nullable: true, description: 'What the customer asked, at most 500 characters.' })
  note?: string | null;

  @Field(() => String, { description: 'ISO 4217 code of all its amounts.' })
  currency!: string;

  @Field(() => Boolean, { defaultValue: true, description: 'Whether the prices include their tax.' })
  pricesIncludeTax!: boolean;

  @Field(() => [OrderImportLineInput], { description: 'What was sold: 1 to 50 lines.' })
  lines!: OrderImportLineInput[];

  @Field(() => BigIntScalar, { nullable: true, description: `The tip, ${MINOR}; absent: none.` })
  tipMinor?: bigint | null;

  @Field(() => BigIntScalar, { description: `What was asked for all of it, ${MINOR}. It is what the lines come to, with the tip, or nothing is brought in.` })
  totalMinor!: bigint;
}

@ObjectType({ description: 'Result of `orderImport`.' })
export class OrderImportPayload {
  @Field(() => OrderType, { nullable: true, description: 'The order, also when it was brought in before; null when it was refused.' })
  order!: object | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it had been brought in before; null when it was refused.' })
  repeated!: boolean | null;

  @Field(() => [UserError], { description: 'Why it was not brought in; empty when it was. Expected: `InputInvalid` (also with the code IDEMPOTENCY_MISMATCH: its name was used for another order), `CustomerNotFound`.' })
  userErrors!: UserError[];
}

@ObjectType('OrderOrigin', { description: 'Where an order was made that was brought in.' })
export class OrderOriginType {
  @Field(() => String, { description: 'Where it was made.' })
  source!: string;

  @Field(() => String, { description: 'What it is called there.' })
  externalId!: string;

  @Field(() => DateTime, { description: 'When it was brought in, UTC.' })
  importedAt!: Date;
}
