// What payments mean for their reservation: one that is paid stands. A payment that comes after the hold is over is honoured if the same tables are still free, else it goes back.
import { sql } from 'kysely';
import { Refusal } from '../../kernel/base/errors.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { ReservationChanged } from '../booking.events.js';
import { become, noteStep, type HeldReservation } from '../reservation/reservation.change.js';
import { seat } from '../reservation/reservation.seat.js';
import { REVIVED_BY_DEPOSIT, TAKING, type ReservationStatus } from '../reservation/reservation.states.js';
import { floorOf } from '../venue/floor.js';
import { daysAround } from '../venue/slots.js';
import { coveredOf } from './deposit.covered.js';
import { callOffRest, followFate } from './deposit.fate.js';

/** Of a reservation that is held, in the transaction of what moved. */
export async function tellReservation(unit: UnitOfWork, held: HeldReservation): Promise<void> {
  const paid = held.depositMinor !== null && await coveredOf(unit, held.id) >= BigInt(held.depositMinor);
  const to: ReservationStatus = held.confirmsByHand ? 'PENDING' : 'CONFIRMED';
  if (paid && held.status === 'HELD') {
    // Also when its time is over: as long as nobody took its tables, they are its.
    await become(unit, held, { to, actor: null });
    await callOffRest(unit, held.id);
    return note(unit, held, to);
  }
  if (paid && REVIVED_BY_DEPOSIT.includes(held.status) && await revive(unit, held, to)) return note(unit, held, to);
  if (paid && TAKING.includes(held.status)) await callOffRest(unit, held.id);
  if (held.depositFate !== null) await followFate(unit, { id: held.id, fate: held.depositFate });
  unit.emit(ReservationChanged, { reservationId: held.id, status: held.status, conversationId: held.conversationId }, { streamId: held.id });
}

const note = (unit: UnitOfWork, { id, status }: HeldReservation, to: ReservationStatus): void =>
  unit.audit({ action: 'reservation.pay_deposit', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Reservation', id }, before: { status }, after: { status: to } });

/** The constraint decides whether its tables are free. @returns false, and nothing is changed, when they are not, or the party has begun */
async function revive(unit: UnitOfWork, held: HeldReservation, to: ReservationStatus): Promise<boolean> {
  const { id, venueId, startsAt, endsAt, conversationId, status: from } = held;
  const floor = startsAt <= unit.now ? null : await floorOf(unit.tx, venueId, daysAround(startsAt));
  if (!floor) return false;
  const db = unit.tx.getKysely();
  const { rows } = await sql<{ id: string }>`select table_id as id from commerce.reservation_table where reservation_id = ${id}::uuid order by 1`.execute(db);
  const [tableIds, inUse] = [rows.map((row) => row.id), new Set(floor.tables.map((table) => table.id))];
  if (tableIds.length === 0 || !tableIds.every((one) => inUse.has(one))) return false;
  await sql`delete from commerce.reservation_table where reservation_id = ${id}::uuid`.execute(db);
  await sql`update commerce.reservation set status = ${to}, deposit_fate = null where id = ${id}::uuid`.execute(db);
  try {
    await seat(unit, id, { floor, slot: { startsAt, endsAt }, seatings: [tableIds] });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await sql`update commerce.reservation set status = ${from}, deposit_fate = ${held.depositFate} where id = ${id}::uuid`.execute(db);
    // What has ended takes no table: the constraint does not look at these.
    await sql`insert into commerce.reservation_table (tenant_id, reservation_id, table_id, venue_id, status, starts_at, ends_at)
      select r.tenant_id, r.id, one, r.venue_id, r.status, r.starts_at, r.ends_at from commerce.reservation r, unnest(${tableIds}::uuid[]) one where r.id = ${id}::uuid`.execute(db);
    return false;
  }
  await noteStep(unit, { id, venueId, startsAt, conversationId, from }, { to, actor: null });
  return true;
}
