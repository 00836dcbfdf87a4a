// Giving back: all of a payment, an amount, or lines of its order. Room for it is taken by conditional statements before anybody is asked.
import { sql } from 'kysely';
import { invalidInput } from '../../kernel/base/errors.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { amountOf, keyOf, textOf, wholeOf } from '../given.js';
import { actorId, claim } from '../request/request.js';
import { manualProvider } from './manual.provider.js';
import { applyFacts } from './payment.apply.js';
import type { PaymentRefundInput, RefundLineInput } from './payment.inputs.js';
import { stateWrong, tooMuch } from './payment.refusals.js';
import { holdPayment, type HeldPayment } from './payment.rows.js';
import { held } from './payment.service.js';
import type { PaymentSettlement, Settled } from './payment.settle.js';
import { toStripe } from './stripe.amounts.js';

const WAIT_MS = 30_000;
const MOST_LINES = 50;

interface Line { id: string; quantity: number; restock: boolean }

export class RefundService {
  constructor(private readonly settlement: PaymentSettlement) {}

  /** @throws Refusal PaymentNotFound, PaymentStateWrong, RefundTooLarge, InputInvalid */
  async refund(context: OperationContext, paymentId: string, input: PaymentRefundInput): Promise<{ refundId: string; settled: Settled | null }> {
    const { tenantId } = context;
    const [key, reason, lines] = [keyOf(input.idempotencyKey), textOf(input.reason, ['input', 'reason'], 500), linesOf(input.lines)];
    if (input.amount && lines !== null) throw invalidInput('Give an amount or lines, not both.', ['input', 'lines']);
    const said = ['paymentRefund', paymentId, input.amount ? [String(input.amount.minor), input.amount.currency] : null, lines, reason];
    const { refundId, byHand } = await context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'Payment', id: paymentId } };
      const made = newId();
      const earlier = await claim(unit, context, { idempotencyKey: key, said, resultId: made });
      if (earlier !== null) {
        audit.draft = { ...audit.draft, after: { repeated: true } };
        return { refundId: earlier, byHand: (await held(unit, paymentId)).payment.provider === 'MANUAL' };
      }
      const of = await held(unit, paymentId);
      const { payment } = of;
      if (payment.state !== 'SUCCEEDED') throw stateWrong(payment.state);
      const left = BigInt(payment.capturedMinor) - BigInt(payment.refundedMinor);
      if (input.amount && input.amount.currency !== payment.currency) throw invalidInput('The payment was made in another currency.', ['input', 'amount', 'currency']);
      const minor = lines !== null ? await takeLines(unit, tenantId, of, lines) : input.amount ? amountOf(input.amount.minor, ['input', 'amount', 'minor'], 1n) : left;
      if (payment.provider === 'STRIPE' && toStripe(minor, payment.currency) === null) throw invalidInput('The provider cannot give this amount back exactly.', ['input', 'amount']);
      await this.#write(unit, tenantId, { id: made, of, minor, reason, by: actorId(context), lines, path: lines !== null ? ['input', 'lines'] : ['input', 'amount'] });
      audit.draft = { ...audit.draft, after: { refund: encodeId('rfnd', made), amountMinor: String(minor), currency: payment.currency, lines: lines?.length ?? 0, restocked: lines?.some(({ restock }) => restock) ?? false } };
      if (payment.provider === 'MANUAL') await giveByHand(unit, tenantId, paymentId, made, minor);
      return { refundId: made, byHand: payment.provider === 'MANUAL' };
    });
    return { refundId, settled: byHand ? null : await this.settlement.settle(tenantId, paymentId, context.correlationId) };
  }

  /** @throws Refusal RefundTooLarge */
  async #write(unit: UnitOfWork, tenantId: string, { id, of: { payment }, minor, reason, by, lines, path }: { id: string; of: HeldPayment; minor: bigint; reason: string | null; by: string; lines: readonly Line[] | null; path: string[] }): Promise<void> {
    const db = unit.tx.getKysely();
    const { rows: [room] } = await sql`update commerce.payment set refunded_minor = refunded_minor + ${String(minor)}::bigint, version = version + 1, due_at = ${new Date(unit.now.getTime() + WAIT_MS)}
      where id = ${payment.id}::uuid and captured_minor - refunded_minor >= ${String(minor)}::bigint and ${String(minor)}::bigint > 0 returning id`.execute(db);
    if (!room) throw tooMuch(BigInt(payment.capturedMinor) - BigInt(payment.refundedMinor), payment.currency, path);
    await sql`insert into commerce.payment_refund (tenant_id, id, payment_id, minor, state, reason, actor_id, created_at)
      values (${tenantId}::uuid, ${id}::uuid, ${payment.id}::uuid, ${String(minor)}::bigint, 'PENDING', ${reason}, ${by}::uuid, ${unit.now})`.execute(db);
    if (lines === null) return;
    await sql`insert into commerce.payment_refund_line (tenant_id, refund_id, order_line_id, quantity, restock)
      select ${tenantId}::uuid, ${id}::uuid, l.id, l.quantity, l.restock from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb) l(id uuid, quantity int, restock boolean)`.execute(db);
  }
}

/** In one transaction with its room: nobody else is asked. */
async function giveByHand(unit: UnitOfWork, tenantId: string, paymentId: string, refundId: string, minor: bigint): Promise<void> {
  const of = await holdPayment(unit, paymentId);
  if (!of) throw new Error('A payment is gone while it is held.');
  const { state, currency, capturedMinor, failureCode } = of.payment;
  const refund = await manualProvider.refund({ key: refundId, refundId, externalId: paymentId, minor, currency });
  await applyFacts(unit, tenantId, of, { externalId: null, state, capturedMinor: BigInt(capturedMinor), failureCode, refunds: [refund], disputes: [] });
}

/** @throws Refusal InputInvalid */
function linesOf(given: readonly RefundLineInput[] | null | undefined): Line[] | null {
  if (!given) return null;
  if (given.length === 0 || given.length > MOST_LINES) throw invalidInput(`Give 1 to ${MOST_LINES} lines.`, ['input', 'lines']);
  const lines = given.map(({ orderLineId, quantity, restock }, place) => {
    const path = ['input', 'lines', String(place)];
    return { id: inputId('oline', orderLineId, [...path, 'orderLineId']), quantity: wholeOf(quantity, [...path, 'quantity'], 1, 999), restock };
  });
  if (new Set(lines.map(({ id }) => id)).size < lines.length) throw invalidInput('Name each line once.', ['input', 'lines']);
  return lines;
}

interface Bought { id: string; bought: number; total: string }

/** Takes what is to be given back off what was bought. Three statements, however many lines. @returns what it cost, so that all parts of a line add up to the whole of it @throws Refusal InputInvalid, RefundTooLarge */
async function takeLines({ tx }: UnitOfWork, tenantId: string, { order, payment }: HeldPayment, lines: readonly Line[]): Promise<bigint> {
  if (!order) throw invalidInput('A deposit has no lines.', ['input', 'lines']);
  const db = tx.getKysely();
  const path = (id: string, name: string): string[] => ['input', 'lines', String(lines.findIndex((line) => line.id === id)), name];
  const { rows: bought } = await sql<Bought>`select id, quantity as bought, total_minor as total from commerce.order_line where id = any (${lines.map(({ id }) => id)}::uuid[]) and order_id = ${order.id}::uuid`.execute(db);
  const foreign = lines.find(({ id }) => !bought.some((one) => one.id === id));
  if (foreign) throw invalidInput('There is no such line in the order.', path(foreign.id, 'orderLineId'));
  await sql`insert into commerce.order_line_refund (tenant_id, order_line_id, bought, refunded)
    select ${tenantId}::uuid, l.id, l.bought, 0 from jsonb_to_recordset(${JSON.stringify(bought)}::jsonb) l(id uuid, bought int) on conflict do nothing`.execute(db);
  // Whoever takes lines of an order holds the order: nobody waits here for somebody who waits for them.
  const { rows: taken } = await sql<{ id: string; refunded: number }>`update commerce.order_line_refund r set refunded = r.refunded + l.quantity
    from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb) l(id uuid, quantity int) where r.tenant_id = ${tenantId}::uuid and r.order_line_id = l.id and r.refunded + l.quantity <= r.bought
    returning r.order_line_id as id, r.refunded`.execute(db);
  return lines.reduce((sum, { id, quantity }) => {
    const [line, after] = [bought.find((one) => one.id === id), taken.find((one) => one.id === id)];
    if (!line || !after) throw tooMuch(BigInt(payment.capturedMinor) - BigInt(payment.refundedMinor), payment.currency, path(id, 'quantity'));
    const upTo = (count: number): bigint => BigInt(line.total) * BigInt(count) / BigInt(line.bought);
    return sum + upTo(after.refunded) - upTo(after.refunded - quantity);
  }, 0n);
}
