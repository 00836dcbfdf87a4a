// Rows of payments as they are read and held: an order, or a reservation, before its payments, a payment before its stock.
import { sql } from 'kysely';
import type { Tx } from '../../kernel/data/database.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { holdRow, type HeldReservation } from '../reservation/reservation.change.js';
import type { PaymentAsk, PaymentState } from './payment.states.js';

export interface PaymentRow {
  id: string;
  /** Null: it is of a reservation. */
  orderId: string | null;
  reservationId: string | null;
  provider: 'STRIPE' | 'MANUAL';
  accountId: string | null;
  method: string | null;
  state: PaymentState;
  manualCapture: boolean;
  currency: string;
  amountMinor: string;
  capturedMinor: string;
  refundedMinor: string;
  externalId: string | null;
  pending: PaymentAsk | null;
  pendingMinor: string | null;
  pendingMethod: string | null;
  failureCode: string | null;
  version: number;
  dueAt: Date | null;
  attempts: number;
  createdAt: Date;
}

export const PAYMENT_COLUMNS = sql.raw(`p.id, p.order_id as "orderId", p.reservation_id as "reservationId", p.provider, p.account_id as "accountId", p.method, p.state, p.manual_capture as "manualCapture", p.currency, p.amount_minor as "amountMinor",
  p.captured_minor as "capturedMinor", p.refunded_minor as "refundedMinor", p.external_id as "externalId", p.pending, p.pending_minor as "pendingMinor", p.pending_method as "pendingMethod", p.failure_code as "failureCode",
  p.version, p.due_at as "dueAt", p.attempts, p.created_at as "createdAt"`);

export interface PayableOrder {
  id: string;
  number: number;
  fulfillmentStatus: string;
  chargeStatus: string;
  refundStatus: string;
  currency: string;
  totalMinor: string;
}

/** Whoever touches payments of an order holds it first: all of them are one after the other. */
export async function holdOrder({ tx }: UnitOfWork, orderId: string): Promise<PayableOrder | null> {
  const { rows: [order] } = await sql<PayableOrder>`select id, number, fulfillment_status as "fulfillmentStatus", charge_status as "chargeStatus", refund_status as "refundStatus", currency, total_minor as "totalMinor"
    from commerce.sales_order where id = ${orderId}::uuid for update`.execute(tx.getKysely());
  return order ?? null;
}

/** With what it is for, which is one of the two. */
export interface HeldPayment {
  payment: PaymentRow;
  order: PayableOrder | null;
  reservation: HeldReservation | null;
}

export async function holdPayment(unit: UnitOfWork, paymentId: string): Promise<HeldPayment | null> {
  const seen = await paymentOf(unit.tx, paymentId);
  const order = seen?.orderId ? await holdOrder(unit, seen.orderId) : null;
  const reservation = seen?.reservationId ? await holdRow(unit, seen.reservationId) : null;
  const { rows: [payment] } = await sql<PaymentRow>`select ${PAYMENT_COLUMNS} from commerce.payment p where p.id = ${paymentId}::uuid for update`.execute(unit.tx.getKysely());
  return payment && (order || reservation) ? { payment, order, reservation } : null;
}

export async function paymentOf(tx: Tx, paymentId: string): Promise<PaymentRow | null> {
  const { rows: [payment] } = await sql<PaymentRow>`select ${PAYMENT_COLUMNS} from commerce.payment p where p.id = ${paymentId}::uuid`.execute(tx.getKysely());
  return payment ?? null;
}

/** What was taken for an order so far, by all of its payments. */
export async function capturedOf({ tx }: UnitOfWork, orderId: string): Promise<bigint> {
  const { rows: [sum] } = await sql<{ minor: string }>`select coalesce(sum(captured_minor), 0)::text as minor from commerce.payment where order_id = ${orderId}::uuid`.execute(tx.getKysely());
  return BigInt(sum?.minor ?? 0);
}

export type PaymentEventKind = 'CREATED' | 'AUTHORIZED' | 'CAPTURED' | 'CANCELED' | 'REFUNDED' | 'REFUND_FAILED' | 'DISPUTE_OPENED' | 'DISPUTE_LOST';

/** @param subjectId the refund or dispute it is about */
export async function addEvent({ tx, now }: UnitOfWork, tenantId: string, paymentId: string, kind: PaymentEventKind, { minor = 0n, subjectId = null, actorId = null }: { minor?: bigint; subjectId?: string | null; actorId?: string | null } = {}): Promise<void> {
  await sql`insert into commerce.payment_event (tenant_id, payment_id, seq, kind, minor, subject_id, actor_id, created_at)
    select ${tenantId}::uuid, ${paymentId}::uuid, coalesce(max(seq), 0) + 1, ${kind}, ${String(minor)}::bigint, ${subjectId}::uuid, ${actorId}::uuid, ${now} from commerce.payment_event
    where payment_id = ${paymentId}::uuid`.execute(tx.getKysely());
}
