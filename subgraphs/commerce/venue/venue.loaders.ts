// Batched reads of venues and of what is in them.
import { sql } from 'kysely';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader, type LoaderDefinition } from '../../kernel/graphql/loaders.js';
import { RULE_OF_VENUE, type DepositRule } from '../deposit/deposit.rule.js';
import type { BookingRules } from './venue.entity.js';

export interface VenueRow extends BookingRules {
  id: string;
  name: string;
  archivedAt: Date | null;
  /** Null: it asks for none. */
  deposit: DepositRule | null;
}

export interface PlaceRow {
  id: string;
  venueId: string;
  name: string;
  archivedAt: Date | null;
}

export interface TableRow extends PlaceRow {
  areaId: string;
  minParty: number;
  maxParty: number;
}

export interface CombinationRow extends PlaceRow {
  minParty: number;
  maxParty: number;
  tableIds: string[];
}

export interface OpeningRow {
  venueId: string;
  weekday: number | null;
  day: string | null;
  opens: number | null;
  closes: number | null;
}

const PLACE = 'venue_id as "venueId", name, archived_at as "archivedAt"';
const PARTY = 'min_party as "minParty", max_party as "maxParty"';
const VENUE = `id, name, time_zone as "timeZone", slot_minutes as "slotMinutes", lead_minutes as "leadMinutes", cancel_minutes as "cancelMinutes",
  days_ahead as "daysAhead", confirms_by_hand as "confirmsByHand", stays, archived_at as "archivedAt", ${RULE_OF_VENUE} as deposit`;

const AREA = sql.raw(`id, ${PLACE} from commerce.area`);
const TABLE = sql.raw(`id, ${PLACE}, area_id as "areaId", ${PARTY} from commerce.dining_table`);
const COMBINATION = sql.raw(`id, ${PLACE}, ${PARTY}, array(select m.table_id::text from commerce.combined_table m where m.tenant_id = c.tenant_id and m.combination_id = c.id order by 1) as "tableIds"
  from commerce.table_combination c`);

type Source = ReturnType<typeof sql.raw>;

const byId = <Row extends { id: string }>(name: string, source: Source): LoaderDefinition<OperationContext, string, Row> => defineLoader({
  name, keyOf: (key) => key,
  batch: async (context, ids) => {
    const { rows } = await sql<Row>`select ${source} where id = any (${[...ids]}::uuid[])`.execute((await context.read()).getKysely());
    return new Map(rows.map((row) => [row.id, row]));
  },
});

/** Those of each venue, in the order in which they were made. */
const ofVenue = <Row extends { venueId: string }>(name: string, source: Source, order: Source): LoaderDefinition<OperationContext, string, Row[]> => defineLoader({
  name, keyOf: (key) => key,
  batch: async (context, ids) => {
    const { rows } = await sql<Row>`select ${source} where venue_id = any (${[...ids]}::uuid[]) order by ${order}`.execute((await context.read()).getKysely());
    return Map.groupBy(rows, ({ venueId }) => venueId);
  },
});

export const venueById = byId<VenueRow>('venue.byId', sql.raw(`${VENUE} from commerce.venue v`));
export const areaById = byId<PlaceRow>('area.byId', AREA);
export const tableById = byId<TableRow>('diningTable.byId', TABLE);
export const combinationById = byId<CombinationRow>('tableCombination.byId', COMBINATION);
export const areasOfVenue = ofVenue<PlaceRow>('area.ofVenue', AREA, sql.raw('id'));
export const tablesOfVenue = ofVenue<TableRow>('diningTable.ofVenue', TABLE, sql.raw('id'));
export const combinationsOfVenue = ofVenue<CombinationRow>('tableCombination.ofVenue', COMBINATION, sql.raw('id'));
export const openingsOfVenue = ofVenue<OpeningRow>('opening.ofVenue', sql.raw('venue_id as "venueId", weekday, day::text, opens, closes from commerce.opening'), sql.raw('weekday nulls last, day, opens'));

/** In the order in which they were made. @param after the last before them */
export async function venuesAfter(context: OperationContext, after: string | null, limit: number): Promise<VenueRow[]> {
  const beyond = after === null ? sql`` : sql`and id > ${after}::uuid`;
  const { rows } = await sql<VenueRow>`select ${sql.raw(VENUE)} from commerce.venue v where tenant_id = ${context.tenantId}::uuid ${beyond} order by id limit ${limit}`.execute((await context.read()).getKysely());
  return rows;
}
