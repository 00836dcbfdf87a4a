// Payments: made, moved on, given back, and shown with their order.
import { Arg, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { userErrorOf } from '../../kernel/graphql/user-errors.js';
import { moneyOf, MoneyType } from '../money/money.type.js';
import { orderById, type OrderRow } from '../order/order.loaders.js';
import { OrderType } from '../order/order.type.js';
import type { CommerceServices } from '../services.js';
import { accountById } from './account.service.js';
import {
  PaymentCancelInput, PaymentCancelPayload, PaymentCaptureInput, PaymentCapturePayload, PaymentConfirmInput, PaymentConfirmPayload, PaymentCreateInput, PaymentCreatePayload,
  PaymentRecordInput, PaymentRecordPayload, PaymentRefundInput, PaymentRefundPayload,
} from './payment.inputs.js';
import { disputesOfPayment, eventsOfPayment, paymentById, paymentsOfOrder, refundById, refundsOfPayment } from './payment.loaders.js';
import { refusedByProvider } from './payment.refusals.js';
import { paidFor } from './payment.payable.js';
import type { PaymentRow } from './payment.rows.js';
import { PaymentAccountType, PaymentDisputeType, PaymentEventType, PaymentRefundType, PaymentType } from './payment.type.js';

const PAYMENT = ['input', 'paymentId'];
const idOf = ({ paymentId }: { paymentId: string }): string => inputId('pay', paymentId, PAYMENT);
const shown = async (context: OperationContext, id: string, refused: string | null = null) =>
  ({ payment: await context.load(paymentById, id), userErrors: refused === null ? [] : [userErrorOf(refusedByProvider(refused))] });

@Resolver(() => PaymentType)
export class PaymentResolver {
  constructor(private readonly services: CommerceServices) {}

  @Query(() => PaymentType, { nullable: true, description: 'A payment of your tenant; null when there is none with this id.' })
  payment(@Arg('id', () => ID, { description: 'The payment, `pay_…`.' }) id: string, @Ctx() context: OperationContext) {
    return context.load(paymentById, inputId('pay', id, ['id']));
  }

  @Mutation(() => PaymentCreatePayload, { nullable: true, description: 'Asks a provider to take what is due for an order, or the deposit of a reservation. The customer pays with the client secret, on their own device. One payment of each is open at a time.' })
  async paymentCreate(@Arg('input', () => PaymentCreateInput, { description: 'Of which order, by which account.' }) input: PaymentCreateInput, @Ctx() context: OperationContext) {
    const accountId = inputId('pacc', input.paymentAccountId, ['input', 'paymentAccountId']);
    const { id, settled: { clientSecret, refused } } = await this.services.payments.create(context, { of: paidFor(input), accountId, input });
    const { payment, userErrors } = await shown(context, id, refused);
    return { payment, userErrors, clientSecret: payment?.state === 'SUCCEEDED' || payment?.state === 'CANCELED' ? null : clientSecret };
  }

  @Mutation(() => PaymentRecordPayload, { nullable: true, description: 'Notes money that staff have taken by hand: in cash, by a terminal of its own.' })
  async paymentRecord(@Arg('input', () => PaymentRecordInput, { description: 'Of which order, and how.' }) input: PaymentRecordInput, @Ctx() context: OperationContext) {
    return shown(context, await this.services.payments.record(context, paidFor(input), input));
  }

  @Mutation(() => PaymentConfirmPayload, { nullable: true, description: 'Says that a customer has paid, or charges a payment method. Whether this or the provider\'s webhook comes first, and however often: one charge, one paid order.' })
  async paymentConfirm(@Arg('input', () => PaymentConfirmInput, { description: 'Which payment.' }) input: PaymentConfirmInput, @Ctx() context: OperationContext) {
    const id = idOf(input);
    return shown(context, id, (await this.services.payments.confirm(context, id, input)).refused);
  }

  @Mutation(() => PaymentCapturePayload, { nullable: true, description: 'Takes what is held for a payment.' })
  async paymentCapture(@Arg('input', () => PaymentCaptureInput, { description: 'Of which payment.' }) input: PaymentCaptureInput, @Ctx() context: OperationContext) {
    const id = idOf(input);
    return shown(context, id, (await this.services.payments.capture(context, id, input)).refused);
  }

  @Mutation(() => PaymentCancelPayload, { nullable: true, description: 'Calls off a payment of which nothing was taken; what was held is free again. Repeating it changes nothing.' })
  async paymentCancel(@Arg('input', () => PaymentCancelInput, { description: 'Which payment.' }) input: PaymentCancelInput, @Ctx() context: OperationContext) {
    const id = idOf(input);
    return shown(context, id, (await this.services.payments.cancel(context, id)).refused);
  }

  @Mutation(() => PaymentRefundPayload, { nullable: true, description: 'Gives back a payment: all that is left of it, an amount, or lines of the order, which may go back into stock.' })
  async paymentRefund(@Arg('input', () => PaymentRefundInput, { description: 'Of which payment, and what.' }) input: PaymentRefundInput, @Ctx() context: OperationContext) {
    const id = idOf(input);
    const { refundId, settled } = await this.services.refunds.refund(context, id, input);
    return { ...await shown(context, id, settled?.refunds.get(refundId) ?? null), refund: await context.load(refundById, refundId) };
  }

  @FieldResolver(() => Boolean, { description: 'Whether something that was asked of the provider has no clear answer yet. It is asked again by itself, and does nothing twice.' })
  settling(@Root() { pending }: PaymentRow) {
    return pending !== null;
  }

  @FieldResolver(() => MoneyType, { description: 'How much is to be taken.' })
  amount(@Root() { amountMinor, currency }: PaymentRow) {
    return moneyOf(amountMinor, currency);
  }

  @FieldResolver(() => MoneyType, { description: 'How much was taken.' })
  captured(@Root() { capturedMinor, currency }: PaymentRow) {
    return moneyOf(capturedMinor, currency);
  }

  @FieldResolver(() => MoneyType, { description: 'How much of that was given back, or is on its way back.' })
  refunded(@Root() { refundedMinor, currency }: PaymentRow) {
    return moneyOf(refundedMinor, currency);
  }

  @FieldResolver(() => OrderType, { nullable: true, description: 'The order that is paid; null: it is the deposit of a reservation.' })
  order(@Root() { orderId }: PaymentRow, @Ctx() context: OperationContext) {
    return orderId === null ? null : context.load(orderById, orderId);
  }

  @FieldResolver(() => PaymentAccountType, { nullable: true, description: 'The account that takes the money; null: staff took it by hand.' })
  account(@Root() { accountId }: PaymentRow, @Ctx() context: OperationContext) {
    return accountId === null ? null : context.load(accountById, accountId);
  }

  @FieldResolver(() => [PaymentEventType], { description: 'What happened to it, oldest first: at most 100.' })
  async events(@Root() { id, currency }: PaymentRow, @Ctx() context: OperationContext) {
    return ((await context.load(eventsOfPayment, id)) ?? []).map(({ minor, ...event }) => ({ ...event, amount: moneyOf(minor, currency) }));
  }

  @FieldResolver(() => [PaymentRefundType], { description: 'What of it is given back, oldest first: at most 100; all of them, page by page, are `Order.refunds`.' })
  async refunds(@Root() { id }: PaymentRow, @Ctx() context: OperationContext) {
    return (await context.load(refundsOfPayment, id)) ?? [];
  }

  @FieldResolver(() => [PaymentDisputeType], { description: 'Where it is contested, oldest first: at most 100; all of them, page by page, are `Order.disputes`.' })
  async disputes(@Root() { id }: PaymentRow, @Ctx() context: OperationContext) {
    return ((await context.load(disputesOfPayment, id)) ?? []).map(({ minor, currency, ...dispute }) => ({ ...dispute, amount: moneyOf(minor, currency) }));
  }
}

@Resolver(() => PaymentRefundType)
export class PaymentRefundResolver {
  @FieldResolver(() => MoneyType, { description: 'How much.' })
  amount(@Root() { minor, currency }: { minor: string; currency: string }) {
    return moneyOf(minor, currency);
  }
}

@Resolver(() => OrderType)
export class OrderPaymentsResolver {
  @FieldResolver(() => [PaymentType], { description: 'Its payments, oldest first: at most 100; all of them, page by page, are `Query.payments`.' })
  async payments(@Root() { id }: OrderRow, @Ctx() context: OperationContext) {
    return (await context.load(paymentsOfOrder, id)) ?? [];
  }
}
