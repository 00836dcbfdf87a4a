// Which tables a party may have, and which of them are free.
import { sql } from 'kysely';
import type { Tx } from '../../kernel/data/database.js';
import type { Floor } from './floor.js';
import type { Slot } from './slots.js';

/** What takes a table, or the whole venue, for a time. */
export interface Taken {
  /** Null: every table. */
  tableId: string | null;
  startsAt: Date;
  endsAt: Date;
  /** Of a hold whose time is over and that nobody has released yet: it takes nothing any more. */
  staleId: string | null;
}

/** No stay is longer: whoever began earlier has gone. */
const LONGEST_STAY_MS = 86_400_000;

/** Tables, or tables together, that take a party of this size: first those that leave fewest seats empty, then those of fewest tables. */
export function seatingsFor({ tables, combinations }: Floor, partySize: number, areaId: string | null): string[][] {
  const areas = new Map(tables.map((table) => [table.id, table.areaId]));
  return [...tables.map((table) => ({ ...table, tableIds: [table.id] })), ...combinations]
    .filter(({ minParty, maxParty, tableIds }) => minParty <= partySize && partySize <= maxParty && (areaId === null || tableIds.every((id) => areas.get(id) === areaId)))
    .toSorted((a, b) => a.maxParty - b.maxParty || a.tableIds.length - b.tableIds.length || (a.id < b.id ? -1 : 1))
    .map(({ tableIds }) => tableIds);
}

/** What takes tables of a venue at some time between two instants, in one statement. @param now tells holds that are over */
export async function takenIn(tx: Tx, venueId: string, from: Date, to: Date, now: Date): Promise<Taken[]> {
  const { rows } = await sql<Taken>`
    select t.table_id as "tableId", t.starts_at as "startsAt", t.ends_at as "endsAt",
      case when t.status = 'HELD' then (select r.id from commerce.reservation r where r.tenant_id = t.tenant_id and r.id = t.reservation_id and r.held_until <= ${now}) end as "staleId"
    from commerce.reservation_table t
    where t.venue_id = ${venueId}::uuid and t.starts_at >= ${new Date(from.getTime() - LONGEST_STAY_MS)} and t.starts_at < ${to} and t.ends_at > ${from}
      and t.status in ('HELD', 'PENDING', 'CONFIRMED', 'ARRIVED', 'SEATED')
    union all
    select b.table_id, b.starts_at, b.ends_at, null from commerce.blocked_period b
    where b.venue_id = ${venueId}::uuid and b.ends_at > ${from} and b.starts_at < ${to}`.execute(tx.getKysely());
  return rows;
}

/** Those of `seatings` that are free for all of the slot. */
export function freeSeatings(seatings: readonly string[][], { startsAt, endsAt }: Slot, taken: readonly Taken[]): string[][] {
  const during = taken.filter((one) => one.staleId === null && one.startsAt < endsAt && one.endsAt > startsAt);
  if (during.some(({ tableId }) => tableId === null)) return [];
  const gone = new Set(during.map(({ tableId }) => tableId));
  return seatings.filter((tableIds) => !tableIds.some((id) => gone.has(id)));
}
