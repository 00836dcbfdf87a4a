// What a provider knows of a payment becomes what we know: however often and in whichever order it is heard, it ends in the same rows.
import { sql } from 'kysely';
import { newId } from '../../kernel/base/ids.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { tellReservation } from '../deposit/deposit.follow.js';
import { tellOrder } from './payment.order.js';
import { addEvent, type HeldPayment } from './payment.rows.js';
import { PAYMENT_TRANSITIONS, type PaymentState } from './payment.states.js';
import type { DisputeFacts, PaymentFacts } from './provider.port.js';
import { applyRefunds } from './refund.apply.js';

/** A webhook brings news; if none comes, the provider is asked again after this time. */
const AGAIN_MS = 3_600_000;
const SOON_MS = 30_000;

export type AppliedFacts = Omit<PaymentFacts, 'clientSecret' | 'externalId'> & { externalId: string | null };

/**
 * Of a payment that is held. What was asked for is answered by it.
 * @param refused refunds that the provider refused for good, with its code @param code why it refused what was asked for; null: it did not
 */
export async function applyFacts(unit: UnitOfWork, tenantId: string, { payment, order, reservation }: HeldPayment, facts: AppliedFacts, { refused = new Map(), code = null }: { refused?: ReadonlyMap<string, string>; code?: string | null } = {}): Promise<void> {
  const { id, state: before } = payment;
  const state: PaymentState = PAYMENT_TRANSITIONS[before].includes(facts.state) ? facts.state : before;
  const captured = before !== 'SUCCEEDED' && state === 'SUCCEEDED' ? facts.capturedMinor : BigInt(payment.capturedMinor);
  await sql`update commerce.payment set state = ${state}, captured_minor = ${String(captured)}::bigint, external_id = coalesce(external_id, ${facts.externalId}), failure_code = ${code ?? facts.failureCode},
      pending = null, pending_minor = null, pending_method = null, attempts = 0, version = version + 1, due_at = ${state === 'PROCESSING' ? new Date(unit.now.getTime() + AGAIN_MS) : null}
    where id = ${id}::uuid`.execute(unit.tx.getKysely());
  if (state !== before) {
    if (state === 'REQUIRES_CAPTURE' && before !== 'PROCESSING') await addEvent(unit, tenantId, id, 'AUTHORIZED');
    if (state === 'SUCCEEDED') await addEvent(unit, tenantId, id, 'CAPTURED', { minor: captured });
    if (state === 'CANCELED') await addEvent(unit, tenantId, id, 'CANCELED');
    unit.audit({
      action: 'payment.settle', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Payment', id },
      before: { state: before }, after: { state, capturedMinor: String(captured), currency: payment.currency },
    });
  }
  const waiting = await applyRefunds(unit, tenantId, { id, orderId: order?.id ?? null }, facts.refunds, refused);
  if (waiting !== null) await sql`update commerce.payment set due_at = ${new Date(unit.now.getTime() + (waiting === 'no-room' ? SOON_MS : AGAIN_MS))} where id = ${id}::uuid`.execute(unit.tx.getKysely());
  for (const dispute of facts.disputes) await applyDispute(unit, tenantId, id, dispute);
  if (order) await tellOrder(unit, tenantId, order);
  if (reservation) await tellReservation(unit, reservation);
}

/** One that is contested is told once, and one that is lost once. */
async function applyDispute(unit: UnitOfWork, tenantId: string, paymentId: string, { externalId, minor, reason, state }: DisputeFacts): Promise<void> {
  const db = unit.tx.getKysely();
  const { rows: [known] } = await sql<{ id: string; state: string }>`select id, state from commerce.payment_dispute where payment_id = ${paymentId}::uuid and external_id = ${externalId}`.execute(db);
  const id = known?.id ?? newId();
  if (!known) {
    await sql`insert into commerce.payment_dispute (tenant_id, id, payment_id, external_id, minor, reason, state, created_at)
      values (${tenantId}::uuid, ${id}::uuid, ${paymentId}::uuid, ${externalId}, ${String(minor)}::bigint, ${reason.slice(0, 100)}, ${state}, ${unit.now})`.execute(db);
    await addEvent(unit, tenantId, paymentId, 'DISPUTE_OPENED', { subjectId: id });
  }
  // What is lost stays lost.
  if (known && (known.state === state || known.state === 'LOST')) return;
  if (known) await sql`update commerce.payment_dispute set state = ${state} where id = ${id}::uuid`.execute(db);
  if (state === 'LOST') await addEvent(unit, tenantId, paymentId, 'DISPUTE_LOST', { minor: -minor, subjectId: id });
  unit.audit({ action: 'payment.dispute', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Payment', id: paymentId }, before: { dispute: known?.state ?? null }, after: { dispute: state } });
}
