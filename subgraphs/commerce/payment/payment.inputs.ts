// Arguments and results of payments.
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { MoneyInput } from '../money/money.input.js';
import { PaymentMethodEnum } from './payment.enums.js';
import { PaymentRefundType, PaymentType } from './payment.type.js';

const KEY = 'Your key of this request, 1 to 200 printable ASCII characters: the same again is the same payment, and takes nothing twice.';

@InputType({ description: 'Input of `paymentCreate`.' })
export class PaymentCreateInput {
  @Field(() => ID, { nullable: true, description: 'The order that is paid; this or `reservationId`.' })
  orderId?: string | null;

  @Field(() => ID, { nullable: true, description: 'The reservation whose deposit is paid: its table waits meanwhile, and it stands as soon as the deposit is there.' })
  reservationId?: string | null;

  @Field(() => ID, { description: 'The account that takes the money.' })
  paymentAccountId!: string;

  @Field(() => MoneyInput, { nullable: true, description: 'A part of what is still due; absent or null: all of it.' })
  amount?: MoneyInput | null;

  @Field(() => Boolean, { defaultValue: false, description: 'Whether the money is only held until `paymentCapture`.' })
  manualCapture!: boolean;

  @Field(() => String, { description: KEY })
  idempotencyKey!: string;
}

@InputType({ description: 'Input of `paymentRecord`.' })
export class PaymentRecordInput {
  @Field(() => ID, { nullable: true, description: 'The order that was paid; this or `reservationId`.' })
  orderId?: string | null;

  @Field(() => ID, { nullable: true, description: 'The reservation whose deposit was paid.' })
  reservationId?: string | null;

  @Field(() => PaymentMethodEnum, { description: 'How.' })
  method!: PaymentMethodEnum;

  @Field(() => MoneyInput, { nullable: true, description: 'A part of what is still due; absent or null: all of it.' })
  amount?: MoneyInput | null;

  @Field(() => String, { description: KEY })
  idempotencyKey!: string;
}

@InputType({ description: 'Input of `paymentConfirm`.' })
export class PaymentConfirmInput {
  @Field(() => ID, { description: 'The payment.' })
  paymentId!: string;

  @Field(() => String, { nullable: true, description: 'Id of a payment method of the provider, `pm_…`: it is charged. Absent or null: the customer\'s device has confirmed, and the provider is asked what came of it. Never a card.' })
  paymentMethodId?: string | null;

  @Field(() => String, { description: KEY })
  idempotencyKey!: string;
}

@InputType({ description: 'Input of `paymentCapture`.' })
export class PaymentCaptureInput {
  @Field(() => ID, { description: 'The payment, in the state REQUIRES_CAPTURE.' })
  paymentId!: string;

  @Field(() => MoneyInput, { nullable: true, description: 'A part of what is held, the rest is given free; absent or null: all of it.' })
  amount?: MoneyInput | null;

  @Field(() => String, { description: KEY })
  idempotencyKey!: string;
}

@InputType({ description: 'Input of `paymentCancel`.' })
export class PaymentCancelInput {
  @Field(() => ID, { description: 'The payment, of which nothing was taken yet.' })
  paymentId!: string;
}

@InputType({ description: 'A line of the order that is given back.' })
export class RefundLineInput {
  @Field(() => ID, { description: 'The line.' })
  orderLineId!: string;

  @Field(() => Int, { description: 'How many of it, 1 to 999, at most what was bought and not given back yet.' })
  quantity!: number;

  @Field(() => Boolean, { defaultValue: false, description: 'Whether they are on the shelf again: what was sold from stock is counted up once the money is given back.' })
  restock!: boolean;
}

@InputType({ description: 'Input of `paymentRefund`. Without an amount and lines all that is left is given back.' })
export class PaymentRefundInput {
  @Field(() => ID, { description: 'The payment, in the state SUCCEEDED.' })
  paymentId!: string;

  @Field(() => MoneyInput, { nullable: true, description: 'How much, at most what was taken and not given back yet.' })
  amount?: MoneyInput | null;

  @Field(() => [RefundLineInput], { nullable: true, description: 'What of the order, 1 to 50 lines: they cost what they cost in the order, with their tax and less their discount.' })
  lines?: RefundLineInput[] | null;

  @Field(() => String, { nullable: true, description: 'Why, at most 500 characters.' })
  reason?: string | null;

  @Field(() => String, { description: KEY })
  idempotencyKey!: string;
}

@ObjectType()
abstract class Payload {
  @Field(() => PaymentType, { nullable: true, description: 'The payment as it is now; null when nothing was asked for.' })
  payment!: object | null;

  @Field(() => [UserError], { description: 'Why nothing was done; empty when it was, now or when the key was used first.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'Result of `paymentCreate`.' })
export class PaymentCreatePayload extends Payload {
  @Field(() => String, { nullable: true, description: 'What the customer\'s device pays with, for the provider\'s own library in the browser. Show it to nobody else. Null when the payment has ended, or while `payment { settling }`: repeat with the same key.' })
  clientSecret!: string | null;
}

@ObjectType({ description: 'Result of `paymentRecord`.' })
export class PaymentRecordPayload extends Payload {}

@ObjectType({ description: 'Result of `paymentConfirm`.' })
export class PaymentConfirmPayload extends Payload {}

@ObjectType({ description: 'Result of `paymentCapture`.' })
export class PaymentCapturePayload extends Payload {}

@ObjectType({ description: 'Result of `paymentCancel`.' })
export class PaymentCancelPayload extends Payload {}

@ObjectType({ description: 'Result of `paymentRefund`.' })
export class PaymentRefundPayload extends Payload {
  @Field(() => PaymentRefundType, { nullable: true, description: 'The refund as it is now; null when it was refused before anybody was asked.' })
  refund!: object | null;
}
