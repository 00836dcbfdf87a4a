// A table that is free is offered to the party that waits longest of those it is for: as a hold with a time of its own, won like any other.
import { sql } from 'kysely';
import { systemActor } from '../../kernel/base/actor.js';
import { Refusal } from '../../kernel/base/errors.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { WaitlistOffered } from '../booking.events.js';
import { noteStep } from '../reservation/reservation.change.js';
import { insertHeld } from '../reservation/reservation.hold.js';
import { planFor, seat } from '../reservation/reservation.seat.js';
import { floorOf } from '../venue/floor.js';
import { freeSeatings, seatingsFor, takenIn } from '../venue/seating.js';
import { daysAround, distanceOf, slotsOf, type Slot } from '../venue/slots.js';
import type { WaitlistEntryRow } from './waitlist.loaders.js';
import { db } from '../tables.js';

/** For how long an offer waits for its party. */
const OFFER_MS = 15 * 60_000;
const BATCH = 50;
const COLUMNS = ['id', 'venueId', 'status', 'partySize', 'earliestAt', 'latestAt', 'customerId', 'conversationId', 'guestName', 'reservationId', 'offeredUntil', 'createdAt'] as const;

export class WaitlistOffers {
  constructor(private readonly unit: UnitOfWorkDeps) {}

  /** The oldest first. @returns how many were offered something */
  async offer(tenantId: string, venueId: string): Promise<number> {
    let offered = 0;
    let after: string | null = null;
    do {
      const waiting: { id: string }[] = await this.#waiting(tenantId, venueId, after);
      for (const { id } of waiting) if (await this.#offerTo(tenantId, venueId, id)) offered += 1;
      after = waiting.length === BATCH ? waiting.at(-1)?.id ?? null : null;
    } while (after !== null);
    return offered;
  }

  #waiting(tenantId: string, venueId: string, after: string | null): Promise<{ id: string }[]> {
    const later = after === null ? sql`` : sql`and id > ${after}::uuid`;
    return this.#in(tenantId, venueId, async ({ tx }) => (await sql<{ id: string }>`select id from commerce.waitlist_entry
      where venue_id = ${venueId}::uuid and status = 'WAITING' and status in ('WAITING', 'OFFERED') ${later} order by id limit ${BATCH}`.execute(tx.getKysely())).rows);
  }

  /** In a change of its own: if somebody is faster, nothing of it is left, and the next look finds what there is then. */
  async #offerTo(tenantId: string, venueId: string, id: string): Promise<boolean> {
    try {
      return await this.#in(tenantId, venueId, async (unit) => {
        const { tx, now } = unit;
        const entry = await db(tx).selectFrom('WaitlistEntry').select(COLUMNS).where('id', '=', id).where('status', '=', 'WAITING').forUpdate().executeTakeFirst();
        if (!entry) return false;
        const slot = entry.latestAt <= now ? null : await firstFree(unit, entry);
        const set = entry.latestAt <= now ? { status: 'LAPSED' as const } : {};
        if (!slot) {
          await db(tx).updateTable('WaitlistEntry').set({ lookedAt: now, ...set }).where('id', '=', id).execute();
          return false;
        }
        await offerSlot(unit, entry, slot);
        return true;
      });
    } catch (error) {
      if (error instanceof Refusal) return false;
      throw error;
    }
  }

  #in<T>(tenantId: string, venueId: string, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return runUnit(this.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: `waitlist-${venueId}` }, work);
  }
}

async function firstFree({ tx, now }: UnitOfWork, { venueId, partySize, earliestAt, latestAt }: WaitlistEntryRow): Promise<Slot | null> {
  const days = [...new Set([...daysAround(earliestAt), ...daysAround(latestAt)])];
  const floor = await floorOf(tx, venueId, days);
  if (!floor) return null;
  const slots = days.flatMap((day) => slotsOf(floor, day, partySize)).filter(({ startsAt }) => startsAt >= earliestAt && startsAt <= latestAt && distanceOf(floor, startsAt, now) === null);
  const last = slots.at(-1);
  if (!last) return null;
  const taken = await takenIn(tx, venueId, earliestAt, last.endsAt, now);
  const seatings = seatingsFor(floor, partySize, null);
  return slots.find((slot) => freeSeatings(seatings, slot, taken).length > 0) ?? null;
}

/** @throws Refusal SlotUnavailable and others, when what was free a moment ago is not any more */
async function offerSlot(unit: UnitOfWork, entry: WaitlistEntryRow, { startsAt }: Slot): Promise<void> {
  const { venueId, partySize, customerId, conversationId, guestName } = entry;
  const reservationId = newId();
  const plan = await planFor(unit, { venueId, startsAt, partySize, areaId: null });
  const until = new Date(Math.min(unit.now.getTime() + OFFER_MS, startsAt.getTime()));
  const hold = { venueId, startsAt, partySize, areaId: null, customerId, conversationId, guestName, note: null, idempotencyKey: `waitlist-${reservationId}` };
  if (!await insertHeld(unit, reservationId, hold, { plan, requestHash: '', until })) throw new Error('A new id was used before.');
  await seat(unit, reservationId, plan);
  await noteStep(unit, { id: reservationId, venueId, startsAt, conversationId, from: null }, { to: 'HELD', actor: null });
  await db(unit.tx).updateTable('WaitlistEntry').set({ status: 'OFFERED', reservationId, offeredUntil: until, lookedAt: unit.now }).where('id', '=', entry.id).execute();
  unit.emit(WaitlistOffered, { waitlistEntryId: entry.id, reservationId, offeredUntil: until.toISOString(), customerId, conversationId });
  unit.audit({
    action: 'waitlist.offer', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'WaitlistEntry', id: entry.id }, before: { status: 'WAITING' },
    after: { status: 'OFFERED', reservationId: encodeId('rsv', reservationId), startsAt, offeredUntil: until },
  });
}
