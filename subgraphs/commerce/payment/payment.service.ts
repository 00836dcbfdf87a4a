// Payments of orders: wished for, recorded, confirmed, captured, called off. The wish is committed first, then the provider is asked, then it is written down what it said.
import { sql } from 'kysely';
import { newId } from '../../kernel/base/ids.js';
import { invalidInput } from '../../kernel/base/errors.js';
import type { MutationAudit, OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { lengthenHold } from '../deposit/deposit.payable.js';
import { tellReservation } from '../deposit/deposit.follow.js';
import { amountOf, keyOf } from '../given.js';
import { actorId, claim } from '../request/request.js';
import { noAccount } from './account.service.js';
import type { PaymentCaptureInput, PaymentConfirmInput, PaymentCreateInput, PaymentRecordInput } from './payment.inputs.js';
import { tellOrder } from './payment.order.js';
import { payable, toldOf, type PaidFor } from './payment.payable.js';
import { accountDisabled, busy, noPayment, paymentOpen, stateWrong } from './payment.refusals.js';
import { addEvent, holdPayment, type HeldPayment } from './payment.rows.js';
import { ASKED_FROM, type PaymentAsk } from './payment.states.js';
import type { PaymentSettlement, Settled } from './payment.settle.js';
import { manualProvider } from './manual.provider.js';
import { toStripe } from './stripe.amounts.js';

/** Whoever asks is waited for so long before a job asks in their place. */
const WAIT_MS = 30_000;
const soon = ({ now }: UnitOfWork): Date => new Date(now.getTime() + WAIT_MS);

export class PaymentService {
  constructor(readonly settlement: PaymentSettlement) {}

  /** @throws Refusal OrderNotFound, OrderNotPayable, PaymentAccountNotFound, PaymentAccountDisabled, PaymentOpen, InputInvalid */
  async create(context: OperationContext, { of, accountId, input }: { of: PaidFor; accountId: string; input: PaymentCreateInput }): Promise<{ id: string; settled: Settled }> {
    const { tenantId } = context;
    const [key, manualCapture] = [keyOf(input.idempotencyKey), input.manualCapture];
    const id = await context.mutate(async (unit, audit) => {
      const made = newId();
      const earlier = await this.#claimed(unit, audit, context, { key, id: made, said: ['paymentCreate', of.id, accountId, moneySaid(input.amount), manualCapture] });
      if (earlier !== null) return earlier;
      const { due: amount, currency, reservation } = await payable(unit, of, input.amount);
      const { rows: [account] } = await sql<{ state: string }>`select state from commerce.payment_account where id = ${accountId}::uuid for key share`.execute(unit.tx.getKysely());
      if (!account) throw noAccount();
      if (account.state !== 'ACTIVE') throw accountDisabled();
      if (toStripe(amount, currency) === null) throw invalidInput('The provider cannot take this amount exactly: the last digit of an amount of this currency is 0.', ['input', 'amount']);
      const { rows: [open] } = await sql<{ id: string }>`select id from commerce.payment where ${sql.raw(of.column)} = ${of.id}::uuid and state not in ('SUCCEEDED', 'CANCELED')`.execute(unit.tx.getKysely());
      if (open) throw paymentOpen(open.id, of.field);
      if (reservation) await lengthenHold(unit, reservation);
      await sql`insert into commerce.payment (tenant_id, id, ${sql.raw(of.column)}, provider, account_id, state, manual_capture, currency, amount_minor, pending, due_at, actor_id, created_at)
        values (${tenantId}::uuid, ${made}::uuid, ${of.id}::uuid, 'STRIPE', ${accountId}::uuid, 'REQUIRES_METHOD', ${manualCapture}, ${currency}, ${String(amount)}::bigint, 'CREATE', ${soon(unit)}, ${actorId(context)}::uuid, ${unit.now})`.execute(unit.tx.getKysely());
      await addEvent(unit, tenantId, made, 'CREATED', { actorId: actorId(context) });
      audit.draft = { ...audit.draft, after: { ...toldOf(of), provider: 'STRIPE', amountMinor: String(amount), currency } };
      return made;
    });
    return { id, settled: await this.#settled(context, id) };
  }

  /** Taken by hand: it has happened. @throws Refusal OrderNotFound, OrderNotPayable, InputInvalid */
  record(context: OperationContext, of: PaidFor, { amount: given, method, idempotencyKey }: PaymentRecordInput): Promise<string> {
    const { tenantId } = context;
    const key = keyOf(idempotencyKey);
    return context.mutate(async (unit, audit) => {
      const made = newId();
      const earlier = await this.#claimed(unit, audit, context, { key, id: made, said: ['paymentRecord', of.id, moneySaid(given), method] });
      if (earlier !== null) return earlier;
      const { due: amount, currency, order, reservation } = await payable(unit, of, given);
      const by = actorId(context);
      const { state, capturedMinor } = await manualProvider.create({ key: made, paymentId: made, orderNumber: order?.number ?? null, reservationId: reservation?.id ?? null, amountMinor: amount, currency, manualCapture: false });
      await sql`insert into commerce.payment (tenant_id, id, ${sql.raw(of.column)}, provider, method, state, manual_capture, currency, amount_minor, captured_minor, actor_id, created_at)
        values (${tenantId}::uuid, ${made}::uuid, ${of.id}::uuid, 'MANUAL', ${method}, ${state}, false, ${currency}, ${String(amount)}::bigint, ${String(capturedMinor)}::bigint, ${by}::uuid, ${unit.now})`.execute(unit.tx.getKysely());
      await addEvent(unit, tenantId, made, 'CREATED', { actorId: by });
      await addEvent(unit, tenantId, made, 'CAPTURED', { minor: capturedMinor, actorId: by });
      if (order) await tellOrder(unit, tenantId, order);
      if (reservation) await tellReservation(unit, reservation);
      audit.draft = { ...audit.draft, after: { ...toldOf(of), provider: 'MANUAL', method, amountMinor: String(amount), currency } };
      return made;
    });
  }

  /** Without a method: what the customer's device did is looked up. @throws Refusal PaymentNotFound, PaymentStateWrong, InputInvalid */
  async confirm(context: OperationContext, id: string, { paymentMethodId, idempotencyKey }: PaymentConfirmInput): Promise<Settled> {
    const method = paymentMethodId ?? null;
    if (method !== null && !/^pm_[A-Za-z0-9_]{1,250}$/.test(method)) throw invalidInput('Give the id of a payment method of the provider, pm_…: never a card.', ['input', 'paymentMethodId']);
    await this.#wish(context, id, { key: keyOf(idempotencyKey), ask: 'CONFIRM', said: ['paymentConfirm', id, method], minor: null, method, already: ['PROCESSING', 'REQUIRES_CAPTURE', 'SUCCEEDED'] });
    return this.#settled(context, id);
  }

  /** @throws Refusal PaymentNotFound, PaymentStateWrong, InputInvalid */
  async capture(context: OperationContext, id: string, { amount, idempotencyKey }: PaymentCaptureInput): Promise<Settled> {
    await this.#wish(context, id, { key: keyOf(idempotencyKey), ask: 'CAPTURE', said: ['paymentCapture', id, moneySaid(amount)], minor: amount ?? null, method: null, already: [] });
    return this.#settled(context, id);
  }

  /** Repeating it changes nothing. @throws Refusal PaymentNotFound, PaymentStateWrong */
  async cancel(context: OperationContext, id: string): Promise<Settled> {
    await this.#wish(context, id, { key: null, ask: 'CANCEL', said: [], minor: null, method: null, already: ['CANCELED'] });
    return this.#settled(context, id);
  }

  async #wish(context: OperationContext, id: string, wish: { key: string | null; ask: Exclude<PaymentAsk, 'CREATE'>; said: unknown[]; minor: { minor: bigint; currency: string } | null; method: string | null; already: readonly string[] }): Promise<void> {
    const { key, ask, said, minor, method, already } = wish;
    await context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'Payment', id } };
      if (key !== null && await this.#claimed(unit, audit, context, { key, id, said }, newId()) !== null) return;
      const { payment } = await held(unit, id);
      audit.draft = { ...audit.draft, before: { state: payment.state }, after: { asked: ask } };
      if (already.includes(payment.state) || payment.pending === ask) return;
      if (payment.provider === 'MANUAL' || !ASKED_FROM[ask].includes(payment.state)) throw stateWrong(payment.state);
      if (ask === 'CANCEL' && payment.externalId === null) return neverMade(unit, context.tenantId, id);
      if (payment.pending !== null) throw busy(payment.state);
      if (ask === 'CONFIRM' && method === null) return;
      if (minor !== null && (minor.currency !== payment.currency || amountOf(minor.minor, ['input', 'amount', 'minor'], 1n) > BigInt(payment.amountMinor))) {
        throw invalidInput('At most what is held for the payment, in its currency.', ['input', 'amount']);
      }
      if (minor !== null && toStripe(minor.minor, payment.currency) === null) throw invalidInput('The provider cannot take this amount exactly.', ['input', 'amount']);
      await sql`update commerce.payment set pending = ${ask}, pending_minor = ${minor === null ? null : String(minor.minor)}::bigint, pending_method = ${method}, version = version + 1, due_at = ${soon(unit)}
        where id = ${id}::uuid`.execute(unit.tx.getKysely());
    });
  }

  async #claimed(unit: UnitOfWork, audit: MutationAudit, context: OperationContext, { key, id, said }: { key: string; id: string; said: readonly unknown[] }, resultId = id): Promise<string | null> {
    const earlier = await claim(unit, context, { idempotencyKey: key, said, resultId });
    audit.draft = { ...audit.draft, resource: { type: 'Payment', id: resultId === id ? earlier ?? id : id }, ...(earlier === null ? {} : { after: { repeated: true } }) };
    return earlier;
  }

  #settled(context: OperationContext, id: string): Promise<Settled> {
    return this.settlement.settle(context.tenantId, id, context.correlationId);
  }
}

const moneySaid = (money: { minor: bigint; currency: string } | null | undefined): unknown => (money ? [String(money.minor), money.currency] : null);

/** @throws Refusal PaymentNotFound */
export async function held(unit: UnitOfWork, id: string): Promise<HeldPayment> {
  const found = await holdPayment(unit, id);
  if (!found) throw noPayment();
  return found;
}

/** One that the provider has not told of: nobody has what it takes to pay it, even if it was made there. */
async function neverMade(unit: UnitOfWork, tenantId: string, id: string): Promise<void> {
  await sql`update commerce.payment set state = 'CANCELED', pending = null, due_at = null, version = version + 1 where id = ${id}::uuid`.execute(unit.tx.getKysely());
  await addEvent(unit, tenantId, id, 'CANCELED');
}
