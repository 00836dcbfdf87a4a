// All that bookings of one venue are decided by, read in one statement however many tables there are.
import { sql } from 'kysely';
import type { Tx } from '../../kernel/data/database.js';
import { RULE_OF_VENUE, type DepositRule } from '../deposit/deposit.rule.js';
import type { BookingRules } from './venue.entity.js';

export interface Opening {
  weekday: number | null;
  day: string | null;
  /** Minutes after midnight; null: closed on that day. */
  opens: number | null;
  closes: number | null;
}

export interface Seating {
  id: string;
  minParty: number;
  maxParty: number;
}

export interface FloorTable extends Seating {
  areaId: string;
  name: string;
}

export interface FloorCombination extends Seating {
  tableIds: string[];
}

export interface Floor extends BookingRules {
  id: string;
  /** Null: it asks for none. */
  deposit: DepositRule | null;
  openings: Opening[];
  /** Those in use. */
  tables: FloorTable[];
  /** Those in use, all of whose tables are. */
  combinations: FloorCombination[];
}

/** @param days the days whose own hours matter @returns null when there is no such venue in use */
export async function floorOf(tx: Tx, venueId: string, days: readonly string[]): Promise<Floor | null> {
  const { rows: [floor] } = await sql<Floor>`
    select v.id, v.time_zone as "timeZone", v.slot_minutes as "slotMinutes", v.lead_minutes as "leadMinutes", v.cancel_minutes as "cancelMinutes",
      v.days_ahead as "daysAhead", v.confirms_by_hand as "confirmsByHand", v.stays, ${sql.raw(RULE_OF_VENUE)} as deposit,
      (select coalesce(json_agg(json_build_object('weekday', o.weekday, 'day', o.day, 'opens', o.opens, 'closes', o.closes) order by o.opens), '[]')
        from commerce.opening o where o.tenant_id = v.tenant_id and o.venue_id = v.id and (o.day is null or o.day = any (${[...days]}::date[]))) as openings,
      (select coalesce(json_agg(json_build_object('id', t.id, 'areaId', t.area_id, 'name', t.name, 'minParty', t.min_party, 'maxParty', t.max_party) order by t.id), '[]')
        from commerce.dining_table t where t.tenant_id = v.tenant_id and t.venue_id = v.id and t.archived_at is null) as tables,
      (select coalesce(json_agg(json_build_object('id', c.id, 'minParty', c.min_party, 'maxParty', c.max_party, 'tableIds',
          (select json_agg(m.table_id order by m.table_id) from commerce.combined_table m where m.tenant_id = c.tenant_id and m.combination_id = c.id)) order by c.id), '[]')
        from commerce.table_combination c where c.tenant_id = v.tenant_id and c.venue_id = v.id and c.archived_at is null) as combinations
    from commerce.venue v where v.id = ${venueId}::uuid and v.archived_at is null`.execute(tx.getKysely());
  if (!floor) return null;
  const known = new Set(floor.tables.map(({ id }) => id));
  return { ...floor, combinations: floor.combinations.filter(({ tableIds }) => tableIds.every((id) => known.has(id))) };
}
