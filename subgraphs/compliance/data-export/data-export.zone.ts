// What clocks show in a time zone.

const QUARTER_MS = 900_000;
const REMEMBERED = 10_000;

/** From an instant to what a wall clock in `timeZone` shows, as if that were UTC. Offsets are asked for once a quarter of an hour: they change at one. */
export function wallClock(timeZone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric', era: 'short' });
  const offsets = new Map<number, number>();
  const offsetAt = (quarter: number): number => {
    const instant = quarter * QUARTER_MS;
    const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
    const of = (type: string): number => Number(parts[type]);
    return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second')) - instant;
  };
  return (instant) => {
    const quarter = Math.floor(instant / QUARTER_MS);
    let offset = offsets.get(quarter);
    if (offset === undefined) {
      offset = offsetAt(quarter);
      if (offsets.size >= REMEMBERED) offsets.clear();
      offsets.set(quarter, offset);
    }
    return instant + offset;
  };
}
