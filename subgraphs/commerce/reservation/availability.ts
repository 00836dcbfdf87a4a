// What is free on a day: two statements, however many tables and slots there are.
import { badInput } from '../../kernel/base/errors.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { floorOf } from '../venue/floor.js';
import { freeSeatings, seatingsFor, takenIn } from '../venue/seating.js';
import { distanceOf, slotsOf } from '../venue/slots.js';
import { MOST_PARTY } from '../venue/venue.checks.js';
import { clockOf, dayAfter, isDay, wallAt } from '../venue/wall.js';

export const SLOT_STATES = ['FREE', 'TAKEN', 'PAST', 'TOO_SOON', 'TOO_FAR'] as const;
export type SlotState = (typeof SLOT_STATES)[number];

export interface AvailableSlot {
  startsAt: Date;
  endsAt: Date;
  localTime: string;
  state: SlotState;
}

export interface AvailabilityAnswer {
  date: string;
  timeZone: string;
  slots: AvailableSlot[];
}

export interface Asked {
  venueId: string;
  date: string;
  partySize: number;
  areaId: string | null;
}

/** @returns null when there is no such venue in use @throws BAD_USER_INPUT */
export async function availabilityOf(context: OperationContext, { venueId, date, partySize, areaId }: Asked): Promise<AvailabilityAnswer | null> {
  const now = context.deps.clock.now();
  if (!isDay(date)) throw badInput('date is a day, e.g. 2026-12-24.', ['date']);
  if (date < dayAfter(now.toISOString().slice(0, 10), -1)) throw badInput('date is over.', ['date']);
  if (partySize < 1 || partySize > MOST_PARTY) throw badInput(`partySize must be between 1 and ${MOST_PARTY}.`, ['partySize']);
  const tx = await context.read();
  const floor = await floorOf(tx, venueId, [date]);
  if (!floor) return null;
  const slots = slotsOf(floor, date, partySize);
  const [first, last] = [slots[0], slots.at(-1)];
  const taken = first && last ? await takenIn(tx, venueId, first.startsAt, last.endsAt, now) : [];
  const seatings = seatingsFor(floor, partySize, areaId);
  return {
    date, timeZone: floor.timeZone,
    slots: slots.map((slot) => ({
      ...slot, localTime: clockOf(wallAt(floor.timeZone, slot.startsAt).minutes),
      state: distanceOf(floor, slot.startsAt, now) ?? (freeSeatings(seatings, slot, taken).length > 0 ? 'FREE' : 'TAKEN'),
    })),
  };
}
