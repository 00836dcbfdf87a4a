// What the clock on a venue's wall shows, and when: days on which it is put forward or back are 23 or 25 hours long.
const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;

export interface Wall {
  /** `2026-11-29` */
  day: string;
  /** After midnight. */
  minutes: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en', {
      timeZone: zone, hourCycle: 'h23', calendar: 'iso8601', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric',
    });
    formats.set(zone, format);
  }
  return format;
}

/** The wall as if it were a clock of UTC, in milliseconds. */
function shownAt(zone: string, at: number): number {
  const parts = Object.fromEntries(formatOf(zone).formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(parts['year'] ?? 0, (parts['month'] ?? 1) - 1, parts['day'], parts['hour'], parts['minute'], parts['second']);
}

const aheadAt = (zone: string, at: number): number => shownAt(zone, at) - Math.floor(at / 1000) * 1000;

export function wallAt(zone: string, at: Date): Wall {
  const shown = shownAt(zone, at.getTime());
  return { day: new Date(shown).toISOString().slice(0, 10), minutes: Math.floor((shown % DAY_MS) / MINUTE_MS) };
}

const shownOf = (day: string, minutes: number): number => Date.parse(`${day}T00:00:00Z`) + minutes * MINUTE_MS;
const around = (zone: string, shown: number): [number, number] => [aheadAt(zone, shown - DAY_MS), aheadAt(zone, shown + DAY_MS)];

/** When the wall shows this: once; never where the clock was put past it; twice where it was put back. @param minutes after the day's midnight, also beyond the day */
export function instantsOf(zone: string, day: string, minutes: number): Date[] {
  const shown = shownOf(day, minutes);
  return [...new Set(around(zone, shown))].filter((ahead) => aheadAt(zone, shown - ahead) === ahead)
    .map((ahead) => shown - ahead).toSorted((a, b) => a - b).map((at) => new Date(at));
}

/** When the wall first shows this or, where the clock was put past it, something later. */
export function boundOf(zone: string, day: string, minutes: number): Date {
  const [first] = instantsOf(zone, day, minutes);
  if (first) return first;
  const shown = shownOf(day, minutes);
  const [before, after] = around(zone, shown);
  // The clock is put forward somewhere between these two, on a full minute.
  let [early, late] = [shown - Math.max(before, after), shown - Math.min(before, after)];
  while (late - early > MINUTE_MS) {
    const middle = early + Math.floor((late - early) / MINUTE_MS / 2) * MINUTE_MS;
    if (shownAt(zone, middle) < shown) early = middle;
    else late = middle;
  }
  return new Date(late);
}

/** 1 Monday … 7 Sunday. */
export const weekdayOf = (day: string): number => new Date(`${day}T00:00:00Z`).getUTCDay() || 7;

export const dayAfter = (day: string, days = 1): string => new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);

/** Whether text is a day that there is, of the years that bookings are about. */
export const isDay = (text: string): boolean =>
  /^20\d{2}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`)) && new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);

/** Minutes after midnight as `18:30`; beyond the day it goes on, `25:30`. */
export const clockOf = (minutes: number): string => `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

/** Null when it is no time of day. */
export function minutesOf(clock: string): number | null {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(clock) ?? [];
  return hours === undefined ? null : Number(hours) * 60 + Number(minutes);
}
