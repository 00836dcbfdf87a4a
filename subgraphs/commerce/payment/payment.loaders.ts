// Batched reads of payments: by id, of orders, and what happened to them.
import { sql } from 'kysely';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import { PAYMENT_COLUMNS, type PaymentEventKind, type PaymentRow } from './payment.rows.js';

export const MOST = 100;

export const paymentById = defineLoader<OperationContext, string, PaymentRow>({
  name: 'payment.byId', keyOf: (id) => id,
  batch: async (context, ids) => new Map((await sql<PaymentRow>`select ${PAYMENT_COLUMNS} from commerce.payment p where p.id = any (${[...ids]}::uuid[])`
    .execute((await context.read()).getKysely())).rows.map((row) => [row.id, row])),
});

/** Oldest first. */
export const paymentsOfOrder = defineLoader<OperationContext, string, PaymentRow[]>({
  name: 'payment.ofOrder', keyOf: (id) => id,
  batch: async (context, ids) => {
    const { rows } = await sql<PaymentRow>`select first.* from unnest(${[...ids]}::uuid[]) as wanted(id) cross join lateral (
      select ${PAYMENT_COLUMNS} from commerce.payment p where p.order_id = wanted.id order by p.id limit ${MOST}) first order by first.id`.execute((await context.read()).getKysely());
    return Map.groupBy(rows, ({ orderId }) => orderId ?? '');
  },
});

export interface EventRow { paymentId: string; seq: number; kind: PaymentEventKind; minor: string; createdAt: Date }

export const eventsOfPayment = defineLoader<OperationContext, string, EventRow[]>({
  name: 'payment.events', keyOf: (id) => id,
  batch: async (context, ids) => {
    const { rows } = await sql<EventRow>`select first.* from unnest(${[...ids]}::uuid[]) as wanted(id) cross join lateral (
      select payment_id as "paymentId", seq, kind, minor, created_at as "createdAt" from commerce.payment_event where payment_id = wanted.id order by seq limit ${MOST}) first order by first.seq`.execute((await context.read()).getKysely());
    return Map.groupBy(rows, ({ paymentId }) => paymentId);
  },
});

export interface RefundRow { id: string; paymentId: string; minor: string; currency: string; state: string; reason: string | null; failureCode: string | null; createdAt: Date }

const REFUND = sql.raw('r.id, r.payment_id as "paymentId", r.minor, p.currency, r.state, r.reason, r.failure_code as "failureCode", r.created_at as "createdAt"');

export const refundById = defineLoader<OperationContext, string, RefundRow>({
  name: 'payment.refund', keyOf: (id) => id,
  batch: async (context, ids) => new Map((await sql<RefundRow>`select ${REFUND} from commerce.payment_refund r join commerce.payment p on p.tenant_id = r.tenant_id and p.id = r.payment_id where r.id = any (${[...ids]}::uuid[])`
    .execute((await context.read()).getKysely())).rows.map((row) => [row.id, row])),
});

/** Oldest first. */
export const refundsOfPayment = defineLoader<OperationContext, string, RefundRow[]>({
  name: 'payment.refunds', keyOf: (id) => id,
  batch: async (context, ids) => {
    const { rows } = await sql<RefundRow>`select first.* from unnest(${[...ids]}::uuid[]) as wanted(id) cross join lateral (
      select ${REFUND} from commerce.payment_refund r join commerce.payment p on p.tenant_id = r.tenant_id and p.id = r.payment_id where r.payment_id = wanted.id order by r.id limit ${MOST}) first order by first.id`.execute((await context.read()).getKysely());
    return Map.groupBy(rows, ({ paymentId }) => paymentId);
  },
});

export interface DisputeRow { id: string; paymentId: string; minor: string; currency: string; reason: string; state: string; createdAt: Date }

/** Oldest first. */
export const disputesOfPayment = defineLoader<OperationContext, string, DisputeRow[]>({
  name: 'payment.disputes', keyOf: (id) => id,
  batch: async (context, ids) => {
    const { rows } = await sql<DisputeRow>`select first.* from unnest(${[...ids]}::uuid[]) as wanted(id) cross join lateral (
      select d.id, d.payment_id as "paymentId", d.minor, p.currency, d.reason, d.state, d.created_at as "createdAt" from commerce.payment_dispute d
      join commerce.payment p on p.tenant_id = d.tenant_id and p.id = d.payment_id where d.payment_id = wanted.id order by d.id limit ${MOST}) first order by first.id`.execute((await context.read()).getKysely());
    return Map.groupBy(rows, ({ paymentId }) => paymentId);
  },
});
