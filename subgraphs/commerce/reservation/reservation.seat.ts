// Gives a party its tables. What is free is looked up first, so that the best is tried first; whether it is, the constraint alone decides.
import { sql } from 'kysely';
import { systemActor } from '../../kernel/base/actor.js';
import { ErrorCode, invalidInput, Refusal } from '../../kernel/base/errors.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { followFate } from '../deposit/deposit.fate.js';
import { floorOf, type Floor } from '../venue/floor.js';
import { freeSeatings, seatingsFor, takenIn } from '../venue/seating.js';
import { daysAround, distanceOf, slotAt, type Distance, type Slot } from '../venue/slots.js';
import { placeNotFound, venueNotFound } from '../venue/venue.checks.js';
import { noteStep } from './reservation.change.js';

/** Further ahead than any venue takes a booking: days beyond this are not looked at. */
const FARTHEST_MS = 735 * 86_400_000;
const STARTS_AT = ['input', 'startsAt'];

type Rule = NonNullable<Distance> | 'NO_SLOT';
const SAID: Readonly<Record<Rule, string>> = {
  PAST: 'This time is over.', TOO_SOON: 'It is too late to book this time.', TOO_FAR: 'This time cannot be booked yet.',
  NO_SLOT: 'The venue is closed then, or too soon afterwards, or parties begin at other minutes.',
};
const against = (rule: Rule): Refusal => new Refusal('OutsideBookingRules', ErrorCode.OUTSIDE_BOOKING_RULES, SAID[rule], STARTS_AT, { rule });
export const slotUnavailable = (): Refusal => new Refusal('SlotUnavailable', ErrorCode.SLOT_UNAVAILABLE, 'No table for this party is free then.', STARTS_AT);

export interface Party {
  venueId: string;
  startsAt: Date;
  partySize: number;
  /** Null: anywhere. */
  areaId: string | null;
}

export interface Plan {
  floor: Floor;
  slot: Slot;
  seatings: string[][];
}

/** What a party may have, free or not. @throws Refusal VenueNotFound, PlaceNotFound, OutsideBookingRules, InputInvalid */
export async function planFor({ tx, now }: UnitOfWork, { venueId, startsAt, partySize, areaId }: Party): Promise<Plan> {
  if (startsAt <= now) throw against('PAST');
  if (startsAt.getTime() > now.getTime() + FARTHEST_MS) throw against('TOO_FAR');
  const floor = await floorOf(tx, venueId, daysAround(startsAt));
  if (!floor) throw venueNotFound();
  const distance = distanceOf(floor, startsAt, now);
  if (distance) throw against(distance);
  const slot = slotAt(floor, startsAt, partySize);
  if (!slot) throw against('NO_SLOT');
  if (areaId !== null && !floor.tables.some((table) => table.areaId === areaId)) throw placeNotFound('area', ['input', 'areaId']);
  const seatings = seatingsFor(floor, partySize, areaId);
  if (seatings.length === 0) throw invalidInput('No table, and no tables together, are for a party of this size.', ['input', 'partySize']);
  return { floor, slot, seatings };
}

/** @throws Refusal SlotUnavailable */
export async function seat(unit: UnitOfWork, reservationId: string, { floor, slot, seatings }: Plan): Promise<void> {
  const taken = await takenIn(unit.tx, floor.id, slot.startsAt, slot.endsAt, unit.now);
  await expire(unit, [...new Set(taken.flatMap(({ staleId }) => staleId ?? []))]);
  for (const tableIds of freeSeatings(seatings, slot, taken)) if (await place(unit, reservationId, tableIds)) return;
  throw slotUnavailable();
}

/** One row a table, in their order, all or none. Whoever is about to take one is waited for. */
async function place({ tx }: UnitOfWork, reservationId: string, tableIds: readonly string[]): Promise<boolean> {
  const { rows } = await sql`insert into commerce.reservation_table (tenant_id, reservation_id, table_id, venue_id, status, starts_at, ends_at)
    select r.tenant_id, r.id, wanted, r.venue_id, r.status, r.starts_at, r.ends_at from commerce.reservation r, unnest(${[...tableIds].toSorted()}::uuid[]) wanted
    where r.id = ${reservationId}::uuid on conflict do nothing returning table_id`.execute(tx.getKysely());
  if (rows.length === tableIds.length) return true;
  if (rows.length > 0) await sql`delete from commerce.reservation_table where reservation_id = ${reservationId}::uuid`.execute(tx.getKysely());
  return false;
}

/** Ends holds whose time is over; whoever ends one meanwhile has told of it. @returns how many */
export async function expire(unit: UnitOfWork, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  const { rows } = await sql<{ id: string; venueId: string; startsAt: Date; conversationId: string | null; fate: 'RETURN' | null }>`
    update commerce.reservation set status = 'EXPIRED', held_until = null, deposit_fate = case when deposit_minor is not null then 'RETURN' end where id = any (array(
      select id from commerce.reservation where id = any (${[...ids]}::uuid[]) and held_until <= ${unit.now} order by id for update skip locked))
    returning id, venue_id as "venueId", starts_at as "startsAt", conversation_id as "conversationId", deposit_fate as fate`.execute(unit.tx.getKysely());
  const { tenant } = unit.scope;
  for (const row of rows) {
    await noteStep(unit, { ...row, from: 'HELD' }, { to: 'EXPIRED', actor: null });
    if (row.fate) await followFate(unit, { id: row.id, fate: row.fate });
    unit.audit({ action: 'reservation.expire', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Reservation', id: row.id }, before: { status: 'HELD' }, after: { status: 'EXPIRED' } },
      tenant, tenant === null ? null : systemActor(tenant));
  }
  return rows.length;
}
