// Batched reads of deposits: how much was paid for a reservation, and by which payments.
import { sql } from 'kysely';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import { MOST } from '../payment/payment.loaders.js';
import { PAYMENT_COLUMNS, type PaymentRow } from '../payment/payment.rows.js';
import type { ReservationRow } from '../reservation/reservation.loaders.js';

export interface PaidRow {
  /** Minor units, as decimal text. */
  captured: string;
  refunded: string;
  held: string;
  /** Something of it is on its way back. */
  returning: boolean;
}

export const paidOfReservation = defineLoader<OperationContext, string, PaidRow>({
  name: 'deposit.paid', keyOf: (id) => id,
  batch: async (context, ids) => {
    const { rows } = await sql<PaidRow & { id: string }>`select p.reservation_id as id, sum(p.captured_minor)::text as captured, sum(p.refunded_minor)::text as refunded,
        coalesce(sum(p.amount_minor) filter (where p.state = 'REQUIRES_CAPTURE'), 0)::text as held,
        bool_or(exists (select from commerce.payment_refund r where r.tenant_id = p.tenant_id and r.payment_id = p.id and r.state = 'PENDING')) as returning
      from commerce.payment p where p.reservation_id = any (${[...ids]}::uuid[]) group by 1`.execute((await context.read()).getKysely());
    return new Map(rows.map((row) => [row.id, row]));
  },
});

/** Oldest first. */
export const paymentsOfReservation = defineLoader<OperationContext, string, PaymentRow[]>({
  name: 'payment.ofReservation', keyOf: (id) => id,
  batch: async (context, ids) => {
    const { rows } = await sql<PaymentRow>`select first.* from unnest(${[...ids]}::uuid[]) as wanted(id) cross join lateral (
      select ${PAYMENT_COLUMNS} from commerce.payment p where p.reservation_id = wanted.id order by p.id limit ${MOST}) first order by first.id`.execute((await context.read()).getKysely());
    return Map.groupBy(rows, ({ reservationId }) => reservationId ?? '');
  },
});

export const DEPOSIT_STATUSES = ['DUE', 'AUTHORIZED', 'PAID', 'KEPT', 'TO_RETURN', 'RETURNING', 'RETURNED', 'LAPSED'] as const;
export type DepositStatus = (typeof DEPOSIT_STATUSES)[number];

const NOTHING: PaidRow = { captured: '0', refunded: '0', held: '0', returning: false };

/** What was paid and given back, by what is to become of it. */
export function statusOf({ depositMinor, depositFate }: Pick<ReservationRow, 'depositMinor' | 'depositFate'>, paid: PaidRow | null): DepositStatus {
  const { captured, refunded, held, returning } = paid ?? NOTHING;
  const [asked, left, waiting] = [BigInt(depositMinor ?? 0), BigInt(captured) - BigInt(refunded), BigInt(held)];
  if (returning) return 'RETURNING';
  if (depositFate === 'KEEP' && left > 0n) return 'KEPT';
  if (depositFate === 'RETURN' && left > 0n) return 'TO_RETURN';
  if (BigInt(captured) > 0n && left === 0n) return 'RETURNED';
  if (depositFate === 'RETURN' && waiting > 0n) return 'RETURNING';
  if (left + waiting >= asked) return left >= asked ? 'PAID' : 'AUTHORIZED';
  return depositFate === null ? 'DUE' : 'LAPSED';
}
