// When a party may begin: the instants at which the wall shows a step of the opening hours, if its stay ends before they do.
import type { Floor } from './floor.js';
import { boundOf, dayAfter, instantsOf, wallAt, weekdayOf } from './wall.js';

const MINUTE_MS = 60_000;

export interface Slot {
  startsAt: Date;
  endsAt: Date;
}

/** How long a party of this size has its table. */
export const stayOf = ({ stays }: Pick<Floor, 'stays'>, partySize: number): number =>
  (stays.find(({ upTo }) => partySize <= upTo) ?? stays.at(-1))?.minutes ?? 0;

/** The hours of a day: its own where it has some, else those of its weekday. */
function hoursOf({ openings }: Floor, day: string): { opens: number; closes: number }[] {
  const own = openings.filter((one) => one.day === day);
  const those = own.length > 0 ? own : openings.filter(({ weekday }) => weekday === weekdayOf(day));
  return those.flatMap(({ opens, closes }) => (opens === null || closes === null ? [] : [{ opens, closes }]));
}

/** The slots of an evening belong to the day on which it began. A step that the clock is put past is none; one that it shows twice is two. */
export function slotsOf(floor: Floor, day: string, partySize: number): Slot[] {
  const stay = stayOf(floor, partySize) * MINUTE_MS;
  return hoursOf(floor, day).flatMap(({ opens, closes }) => {
    const end = boundOf(floor.timeZone, day, closes).getTime();
    const steps = Array.from({ length: Math.ceil((closes - opens) / floor.slotMinutes) }, (_, step) => opens + step * floor.slotMinutes);
    return steps.flatMap((minutes) => instantsOf(floor.timeZone, day, minutes))
      .map((startsAt) => ({ startsAt, endsAt: new Date(startsAt.getTime() + stay) })).filter(({ endsAt }) => endsAt.getTime() <= end);
  }).toSorted((a, b) => a.startsAt.getTime() - b.startsAt.getTime());
}

/** The days whose hours an instant may be in, whatever the zone: its own, and the evening before. */
export function daysAround(at: Date): string[] {
  const day = at.toISOString().slice(0, 10);
  return [-2, -1, 0, 1].map((days) => dayAfter(day, days));
}

/** Null: nobody may begin then. */
export function slotAt(floor: Floor, startsAt: Date, partySize: number): Slot | null {
  const { day } = wallAt(floor.timeZone, startsAt);
  return [day, dayAfter(day, -1)].flatMap((one) => slotsOf(floor, one, partySize)).find((slot) => slot.startsAt.getTime() === startsAt.getTime()) ?? null;
}

export type Distance = 'PAST' | 'TOO_SOON' | 'TOO_FAR' | null;

/** Whether it is early enough and not too early to book. */
export function distanceOf({ timeZone, leadMinutes, daysAhead }: Floor, startsAt: Date, now: Date): Distance {
  if (startsAt <= now) return 'PAST';
  if (startsAt.getTime() < now.getTime() + leadMinutes * MINUTE_MS) return 'TOO_SOON';
  return wallAt(timeZone, startsAt).day > dayAfter(wallAt(timeZone, now).day, daysAhead) ? 'TOO_FAR' : null;
}
