// Payments in the graph.
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { MoneyType } from '../money/money.type.js';
import { DisputeState, PaymentAccountState, PaymentEventKindEnum, PaymentMethodEnum, PaymentProviderEnum, PaymentStateEnum, RefundState } from './payment.enums.js';
import type { PaymentEventKind } from './payment.rows.js';
import type { PaymentState } from './payment.states.js';

@ObjectType('PaymentAccount', { description: 'An account of the tenant at a provider of payments. Its secrets are sealed and never shown.' })
export class PaymentAccountType {
  @Field(() => ID, { description: 'Global id, `pacc_…`.' })
  id!: string;

  @Field(() => String, { description: 'What you call it.' })
  name!: string;

  @Field(() => PaymentProviderEnum, { description: 'Where it is.' })
  provider!: PaymentProviderEnum;

  @Field(() => PaymentAccountState, { description: 'Whether new payments are made with it.' })
  state!: PaymentAccountState;

  @Field(() => String, { nullable: true, description: 'The publishable key, which a frontend may know; null: none was given.' })
  publishableKey!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Until when the former signing secret is taken too, UTC; null: there is none.' })
  secretOverlapUntil!: Date | null;

  @Field(() => DateTime, { description: 'When it was made, UTC.' })
  createdAt!: Date;
}

export const { Connection: PaymentAccountConnection } = connectionOf('PaymentAccount', () => PaymentAccountType);

@ObjectType('Payment', { description: 'One payment of an order, or of the deposit of a reservation. No data of a card is in it, or anywhere here.' })
export class PaymentType {
  @Field(() => ID, { description: 'Global id, `pay_…`.' })
  id!: string;

  @Field(() => PaymentProviderEnum, { description: 'Who takes the money.' })
  provider!: PaymentProviderEnum;

  @Field(() => PaymentMethodEnum, { nullable: true, description: 'How staff took it; null: a provider takes it.' })
  method!: PaymentMethodEnum | null;

  @Field(() => PaymentStateEnum, { description: 'How far it is.' })
  state!: PaymentState;

  @Field(() => Boolean, { description: 'Whether the money is held first, and taken by `paymentCapture`.' })
  manualCapture!: boolean;

  @Field(() => String, { nullable: true, description: 'Why the provider last refused something, in its own words for programs, e.g. `insufficient_funds`; null: it did not.' })
  failureCode!: string | null;

  @Field(() => DateTime, { description: 'When somebody wished for it, UTC.' })
  createdAt!: Date;
}

@ObjectType('PaymentEvent', { description: 'Something that happened to a payment. Events are never changed: the sum of their amounts is what the tenant has of it.' })
export class PaymentEventType {
  @Field(() => Int, { description: 'Counts the events of the payment from 1.' })
  seq!: number;

  @Field(() => PaymentEventKindEnum, { description: 'What happened.' })
  kind!: PaymentEventKind;

  @Field(() => MoneyType, { description: 'How much came, or went where it is less than 0.' })
  amount!: MoneyType;

  @Field(() => DateTime, { description: 'When it was heard of, UTC.' })
  createdAt!: Date;
}

@ObjectType('PaymentRefund', { description: 'Something of a payment that is given back.' })
export class PaymentRefundType {
  @Field(() => ID, { description: 'Global id, `rfnd_…`.' })
  id!: string;

  @Field(() => RefundState, { description: 'How far it is.' })
  state!: RefundState;

  @Field(() => String, { nullable: true, description: 'Why, as somebody said; null: nobody did.' })
  reason!: string | null;

  @Field(() => String, { nullable: true, description: 'Why the provider refused it, in its own words for programs; null: it did not.' })
  failureCode!: string | null;

  @Field(() => DateTime, { description: 'When it was wished for, or heard of, UTC.' })
  createdAt!: Date;
}

@ObjectType('PaymentDispute', { description: 'A payment that a customer contests at their bank. It is answered at the provider.' })
export class PaymentDisputeType {
  @Field(() => ID, { description: 'Global id, `disp_…`.' })
  id!: string;

  @Field(() => MoneyType, { description: 'How much is contested.' })
  amount!: MoneyType;

  @Field(() => String, { description: 'Why, in the provider\'s words for programs, e.g. `fraudulent`.' })
  reason!: string;

  @Field(() => DisputeState, { description: 'How far it is.' })
  state!: DisputeState;

  @Field(() => DateTime, { description: 'When it was heard of, UTC.' })
  createdAt!: Date;
}

@ObjectType({ implements: UserError, description: 'There is no such payment in your tenant.' })
export class PaymentNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'Nothing is due for the order, or it came to nothing.' })
export class OrderNotPayable extends UserError {}

@ObjectType({ implements: UserError, description: 'Another payment of the order is open: go on with it, or cancel it first.' })
export class PaymentOpen extends UserError {
  @Field(() => ID, { description: 'The open one.' })
  paymentId!: string;
}

@ObjectType({ implements: UserError, description: 'The payment is not in a state that allows this.' })
export class PaymentStateWrong extends UserError {
  @Field(() => PaymentStateEnum, { description: 'The state it is in.' })
  state!: PaymentState;
}

@ObjectType({ implements: UserError, description: 'More would be given back than was taken, or than was bought of a line.' })
export class RefundTooLarge extends UserError {
  @Field(() => MoneyType, { description: 'How much can still be given back of the payment.' })
  available!: MoneyType;
}

@ObjectType({ implements: UserError, description: 'The provider refused it: a declined card, say. What was asked for is noted with the payment, and nothing was taken or given back.' })
export class PaymentRefused extends UserError {
  @Field(() => String, { description: 'Why, in the provider\'s words for programs, e.g. `card_declined`.' })
  providerCode!: string;
}
