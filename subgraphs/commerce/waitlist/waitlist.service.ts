// A party joins the waitlist, once under a key of the client's, and leaves it.
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { ErrorCode, invalidInput, Refusal } from '../../kernel/base/errors.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { TableFreed } from '../booking.events.js';
import { actorId, become, holdRow } from '../reservation/reservation.change.js';
import { checkKey } from '../reservation/reservation.hold.js';
import { db } from '../tables.js';
import { floorOf } from '../venue/floor.js';
import { seatingsFor } from '../venue/seating.js';
import { distanceOf } from '../venue/slots.js';
import { constraintOf, MOST_PARTY, nameOf, venueNotFound, wholeOf } from '../venue/venue.checks.js';
import type { WaitlistStatus } from './waitlist.follow.js';

const DAY_MS = 86_400_000;
const FARTHEST_MS = 735 * DAY_MS;
const MOST_WAITING = 500;

export interface NewEntry {
  venueId: string;
  partySize: number;
  earliestAt: Date;
  latestAt: Date;
  customerId: string | null;
  conversationId: string | null;
  guestName: string | null;
  idempotencyKey: string;
}

export class WaitlistService {
  /** @returns the entry: the new one, or the one an equal earlier request made @throws Refusal VenueNotFound, OutsideBookingRules, CustomerNotFound, BookingKeyMismatch, WaitlistFull, InputInvalid */
  join(context: OperationContext, asked: NewEntry): Promise<string> {
    checkKey(asked.idempotencyKey);
    const entry = {
      ...asked, partySize: wholeOf(asked.partySize, 1, MOST_PARTY, ['input', 'partySize']),
      guestName: asked.guestName === null ? null : nameOf(asked.guestName, ['input', 'guestName']),
    };
    const requestHash = createHash('sha256').update(JSON.stringify(Object.entries(entry).toSorted())).digest('hex');
    return context.mutate(async (unit, audit) => {
      const id = newId();
      audit.draft = { ...audit.draft, resource: { type: 'WaitlistEntry', id } };
      const known = async (): Promise<string | null> => {
        const found = await db(unit.tx).selectFrom('WaitlistEntry').select(['id', 'requestHash']).where('idempotencyKey', '=', entry.idempotencyKey).executeTakeFirst();
        if (!found) return null;
        if (found.requestHash !== requestHash) throw new Refusal('BookingKeyMismatch', ErrorCode.IDEMPOTENCY_MISMATCH, 'This idempotency key was used before for another party.', ['input', 'idempotencyKey']);
        audit.draft = { ...audit.draft, resource: { type: 'WaitlistEntry', id: found.id }, after: { repeated: true } };
        return found.id;
      };
      const earlier = await known();
      if (earlier !== null) return earlier;
      await judge(unit, entry);
      try {
        const made = await db(unit.tx).insertInto('WaitlistEntry').values({
          ...entry, id, tenantId: context.tenantId, status: 'WAITING', reservationId: null, offeredUntil: null, lookedAt: unit.now, requestHash, createdAt: unit.now,
        }).onConflict((conflict) => conflict.columns(['tenantId', 'idempotencyKey']).doNothing()).returning('id').executeTakeFirst();
        if (!made) return await known() ?? id;
      } catch (error) {
        if (constraintOf(error)?.constraint === 'waitlist_customer') throw new Refusal('CustomerNotFound', ErrorCode.NOT_FOUND, 'There is no such customer.', ['input', 'customerId']);
        throw error;
      }
      // There may be something for it already.
      unit.emit(TableFreed, { venueId: entry.venueId });
      const { venueId, partySize, earliestAt, latestAt } = entry;
      audit.draft = { ...audit.draft, after: { venueId: encodeId('ven', venueId), partySize, earliestAt, latestAt } };
      return id;
    });
  }

  /** What it was offered is for others then. Repeating it changes nothing. @throws Refusal WaitlistEntryNotFound */
  leave(context: OperationContext, id: string): Promise<void> {
    return context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'WaitlistEntry', id } };
      const before = await standing(unit, id);
      const { tx } = unit;
      const left = await db(tx).updateTable('WaitlistEntry').set({ status: 'LEFT' }).where('id', '=', id).where('status', '=', 'WAITING').returning('id').executeTakeFirst();
      // It was offered something, perhaps just now: it leaves by giving that back.
      const { reservationId } = left ? { reservationId: null } : await standing(unit, id);
      const held = reservationId === null ? null : await holdRow(unit, reservationId);
      if (held?.status === 'HELD') await become(unit, held, { to: 'CANCELED', actor: actorId(context.actor) });
      audit.draft = { ...audit.draft, before: { status: before.status }, after: { status: (await standing(unit, id)).status } };
    });
  }
}

/** @throws Refusal WaitlistEntryNotFound */
async function standing({ tx }: UnitOfWork, id: string): Promise<{ status: WaitlistStatus; reservationId: string | null }> {
  const found = await db(tx).selectFrom('WaitlistEntry').select(['status', 'reservationId']).where('id', '=', id).executeTakeFirst();
  if (!found) throw new Refusal('WaitlistEntryNotFound', ErrorCode.NOT_FOUND, 'There is nobody like that on a waitlist.', ['input', 'waitlistEntryId']);
  return found;
}

/** @throws Refusal VenueNotFound, OutsideBookingRules, WaitlistFull, InputInvalid */
async function judge({ tx, now }: UnitOfWork, { venueId, partySize, earliestAt, latestAt }: NewEntry): Promise<void> {
  if (latestAt <= now) throw against('PAST', 'latestAt');
  if (latestAt < earliestAt || latestAt.getTime() - earliestAt.getTime() > DAY_MS) throw invalidInput('The latest is at most a day after the earliest.', ['input', 'latestAt']);
  if (latestAt.getTime() > now.getTime() + FARTHEST_MS) throw against('TOO_FAR', 'latestAt');
  const floor = await floorOf(tx, venueId, []);
  if (!floor) throw venueNotFound();
  const distance = distanceOf(floor, latestAt, now);
  if (distance) throw against(distance, 'latestAt');
  if (seatingsFor(floor, partySize, null).length === 0) throw invalidInput('No table, and no tables together, are for a party of this size.', ['input', 'partySize']);
  const { rows } = await sql`select from commerce.waitlist_entry where venue_id = ${venueId}::uuid and status in ('WAITING', 'OFFERED') limit ${MOST_WAITING}`.execute(tx.getKysely());
  if (rows.length >= MOST_WAITING) throw new Refusal('WaitlistFull', ErrorCode.LIMIT_REACHED, `${MOST_WAITING} parties wait already.`, null);
}

const against = (rule: 'PAST' | 'TOO_SOON' | 'TOO_FAR', field: string): Refusal =>
  new Refusal('OutsideBookingRules', ErrorCode.OUTSIDE_BOOKING_RULES, 'Nobody can book for this time.', ['input', field], { rule });
