// What becomes of an offer when the hold it is becomes something else.
import { sql } from 'kysely';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { ReservationStatus } from '../reservation/reservation.states.js';

export const WAITLIST_STATUSES = ['WAITING', 'OFFERED', 'ACCEPTED', 'LAPSED', 'LEFT'] as const;
export type WaitlistStatus = (typeof WAITLIST_STATUSES)[number];

const AFTER: Partial<Record<ReservationStatus, WaitlistStatus>> = { PENDING: 'ACCEPTED', CONFIRMED: 'ACCEPTED', CANCELED: 'LEFT', EXPIRED: 'LAPSED' };

/** For a hold that has become `to`. */
export async function followHold({ tx }: UnitOfWork, reservationId: string, to: ReservationStatus): Promise<void> {
  const status = AFTER[to];
  if (!status) return;
  await sql`update commerce.waitlist_entry set status = ${status}, offered_until = null where reservation_id = ${reservationId}::uuid and status = 'OFFERED'`.execute(tx.getKysely());
}
