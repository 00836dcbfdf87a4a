// How a reservation becomes something else: held by its row, judged by the table of transitions, written down, told.
import { sql } from 'kysely';
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { ACTOR_ID_PREFIX, type Actor } from '../../kernel/base/actor.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { ReservationChanged, TableFreed } from '../booking.events.js';
import { db } from '../tables.js';
import { planReminders } from '../waitlist/reminder.js';
import { followHold } from '../waitlist/waitlist.follow.js';
import { allowedTransitions, TAKING, type ReservationStatus } from './reservation.states.js';

export interface HeldReservation {
  id: string;
  venueId: string;
  status: ReservationStatus;
  partySize: number;
  startsAt: Date;
  endsAt: Date;
  heldUntil: Date | null;
  conversationId: string | null;
  confirmsByHand: boolean;
  cancelMinutes: number;
}

export const RESERVATION = ['input', 'reservationId'];

/** Nobody changes it until the end of the change. @throws Refusal ReservationNotFound */
export async function holdRow({ tx }: UnitOfWork, id: string): Promise<HeldReservation> {
  const { rows: [row] } = await sql<HeldReservation>`
    select r.id, r.venue_id as "venueId", r.status, r.party_size as "partySize", r.starts_at as "startsAt", r.ends_at as "endsAt", r.held_until as "heldUntil",
      r.conversation_id as "conversationId", v.confirms_by_hand as "confirmsByHand", v.cancel_minutes as "cancelMinutes"
    from commerce.reservation r join commerce.venue v on v.tenant_id = r.tenant_id and v.id = r.venue_id where r.id = ${id}::uuid for update of r`.execute(tx.getKysely());
  if (!row) throw new Refusal('ReservationNotFound', ErrorCode.NOT_FOUND, 'There is no such reservation.', RESERVATION);
  return row;
}

export const wrongState = (status: ReservationStatus): Refusal =>
  new Refusal('ReservationWrongState', ErrorCode.WRONG_STATE, `The reservation is ${status}: that cannot become of it.`, RESERVATION, { status });

export interface Step {
  to: ReservationStatus;
  /** Who, as the graph knows them; null: the product itself. */
  actor: string | null;
  reason?: string | null;
}

/** @throws Refusal ReservationWrongState */
export async function become(unit: UnitOfWork, held: HeldReservation, step: Step): Promise<void> {
  if (!allowedTransitions[held.status].includes(step.to)) throw wrongState(held.status);
  // Its tables follow by their key, and with them the constraint that nobody else has them.
  await db(unit.tx).updateTable('Reservation').set({ status: step.to, heldUntil: null }).where('id', '=', held.id).execute();
  await noteStep(unit, { ...held, from: held.status }, step);
}

/** What else a step changes: who was offered the hold, what guests are reminded of, and who waits for a table that is free now. */
async function follow(unit: UnitOfWork, { id, venueId, startsAt, from }: Stepped, to: ReservationStatus): Promise<void> {
  if (from === 'HELD') await followHold(unit, id, to);
  if (from === 'CONFIRMED' || to === 'CONFIRMED') await planReminders(unit, id, to, startsAt);
  // At another time the old one is free.
  if (from !== null && (from === to || !TAKING.includes(to))) unit.emit(TableFreed, { venueId });
}

export interface Stepped extends Pick<HeldReservation, 'id' | 'venueId' | 'startsAt' | 'conversationId'> {
  /** Null: it was made. */
  from: ReservationStatus | null;
}

/** Appends to the history, tells, and does what follows. */
export async function noteStep(unit: UnitOfWork, stepped: Stepped, { to, actor, reason = null }: Step): Promise<void> {
  const { id, from, startsAt, conversationId } = stepped;
  await sql`insert into commerce.reservation_event (tenant_id, id, reservation_id, from_status, to_status, starts_at, actor, reason, at)
    values (${unit.scope.tenant}::uuid, ${newId()}::uuid, ${id}::uuid, ${from}, ${to}, ${startsAt}, ${actor}, ${reason}, ${unit.now})`.execute(unit.tx.getKysely());
  await follow(unit, stepped, to);
  unit.emit(ReservationChanged, { reservationId: id, status: to, conversationId }, { streamId: id });
}

/** Whoever acts, as the graph knows them. */
export const actorId = ({ sub, apiKey }: Actor): string | null => (sub !== null ? encodeId(ACTOR_ID_PREFIX, sub) : apiKey === null ? null : encodeId('key', apiKey));
