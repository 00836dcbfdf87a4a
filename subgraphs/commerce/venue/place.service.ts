// Areas, tables and combinations of a venue. What was booked refers to them, so they go out of use and are never deleted.
import { sql } from 'kysely';
import { invalidInput } from '../../kernel/base/errors.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { countAlone } from '../../kernel/data/scarce.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { db } from '../tables.js';
import { constraintOf, named, nameOf, partyOf, placeNotFound, venueNotFound } from './venue.checks.js';
import type { AreaUpdateInput, DiningTableCreateInput, DiningTableUpdateInput, TableCombinationCreateInput, TableCombinationUpdateInput } from './venue.inputs.js';
import { limitReached } from './venue.service.js';

const MOST_AREAS = 50;
const MOST_TABLES = 300;
const MOST_TOGETHER = 20;

/** What is kept of the three alike, and how each is spoken of. */
const KINDS = {
  Area: { word: 'area', table: 'area', field: 'areaId', most: MOST_AREAS },
  DiningTable: { word: 'table', table: 'dining_table', field: 'tableId', most: MOST_TABLES },
  TableCombination: { word: 'combination', table: 'table_combination', field: 'combinationId', most: MOST_TABLES },
} as const;
type Kind = keyof typeof KINDS;

interface Changes {
  name?: string | null;
  archived?: boolean | null;
  minParty?: number | null;
  maxParty?: number | null;
}

interface PlaceRow {
  name: string;
  minParty: number;
  maxParty: number;
  archivedAt: Date | null;
}

export class PlaceService {
  /** @throws Refusal VenueNotFound, InputInvalid, PlaceNameTaken, PlaceLimitReached */
  createArea(context: OperationContext, venueId: string, name: string): Promise<string> {
    const kept = nameOf(name, ['input', 'name']);
    return this.#create(context, 'Area', { name: kept, venueId: encodeId('ven', venueId) }, async (unit, id) => {
      await inUse(unit, venueId);
      await room(unit, 'Area', venueId);
      await db(unit.tx).insertInto('Area').values({ id, tenantId: context.tenantId, venueId, name: kept, createdAt: unit.now, archivedAt: null }).execute();
    });
  }

  /** @throws Refusal PlaceNotFound, InputInvalid, PlaceNameTaken, PlaceLimitReached */
  createTable(context: OperationContext, areaId: string, input: DiningTableCreateInput): Promise<string> {
    const kept = { name: nameOf(input.name, ['input', 'name']), ...partyOf(input.minParty, input.maxParty) };
    return this.#create(context, 'DiningTable', { ...kept, areaId: encodeId('area', areaId) }, async (unit, id) => {
      const area = await db(unit.tx).selectFrom('Area').select('venueId').where('id', '=', areaId).where('archivedAt', 'is', null).executeTakeFirst();
      if (!area) throw placeNotFound('area', ['input', 'areaId']);
      await room(unit, 'DiningTable', area.venueId);
      await db(unit.tx).insertInto('DiningTable').values({ id, tenantId: context.tenantId, venueId: area.venueId, areaId, ...kept, createdAt: unit.now, archivedAt: null }).execute();
    });
  }

  /** @throws Refusal VenueNotFound, PlaceNotFound, InputInvalid, PlaceNameTaken, PlaceLimitReached */
  createCombination(context: OperationContext, venueId: string, tableIds: readonly string[], input: TableCombinationCreateInput): Promise<string> {
    const field = ['input', 'tableIds'];
    const [kept, those] = [{ name: nameOf(input.name, ['input', 'name']), ...partyOf(input.minParty, input.maxParty) }, [...new Set(tableIds)].toSorted()];
    if (those.length < 2 || those.length > MOST_TOGETHER) throw invalidInput(`A combination is of 2 to ${MOST_TOGETHER} tables.`, field);
    const facts = { ...kept, venueId: encodeId('ven', venueId), tableIds: those.map((one) => encodeId('tbl', one)) };
    return this.#create(context, 'TableCombination', facts, async (unit, id) => {
      await inUse(unit, venueId);
      await room(unit, 'TableCombination', venueId);
      await db(unit.tx).insertInto('TableCombination').values({ id, tenantId: context.tenantId, venueId, ...kept, createdAt: unit.now, archivedAt: null }).execute();
      try {
        await sql`insert into commerce.combined_table (tenant_id, combination_id, table_id, venue_id)
          select ${context.tenantId}::uuid, ${id}::uuid, wanted, ${venueId}::uuid from unnest(${those}::uuid[]) wanted`.execute(unit.tx.getKysely());
      } catch (error) {
        if (constraintOf(error)?.code === '23503') throw placeNotFound('table', field);
        throw error;
      }
    });
  }

  /** @throws Refusal PlaceNotFound, InputInvalid, PlaceNameTaken */
  update(context: OperationContext, kind: Kind, id: string, changes: AreaUpdateInput | DiningTableUpdateInput | TableCombinationUpdateInput): Promise<void> {
    const { word, table, field } = KINDS[kind];
    const wanted: Changes = changes;
    const party = kind === 'Area' ? sql`` : sql`, min_party as "minParty", max_party as "maxParty"`;
    return context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: kind, id } };
      const { rows: [before] } = await sql<PlaceRow>`select name, archived_at as "archivedAt"${party} from ${sql.table(`commerce.${table}`)} where id = ${id}::uuid for update`.execute(unit.tx.getKysely());
      if (!before) throw placeNotFound(word, ['input', field]);
      const archived = wanted.archived ?? before.archivedAt !== null;
      const name = typeof wanted.name === 'string' ? nameOf(wanted.name, ['input', 'name']) : before.name;
      const sizes = kind === 'Area' ? null : partyOf(wanted.minParty ?? before.minParty, wanted.maxParty ?? before.maxParty);
      const set = sizes === null ? sql`` : sql`, min_party = ${sizes.minParty}, max_party = ${sizes.maxParty}`;
      const archivedAt = archived ? before.archivedAt ?? unit.now : null;
      await named(() => sql`update ${sql.table(`commerce.${table}`)} set name = ${name}, archived_at = ${archivedAt}${set} where id = ${id}::uuid`.execute(unit.tx.getKysely()));
      const { archivedAt: was, ...facts } = before;
      audit.draft = { ...audit.draft, before: { ...facts, archived: was !== null }, after: { name, ...sizes, archived } };
    });
  }

  #create(context: OperationContext, kind: Kind, facts: Record<string, unknown>, write: (unit: UnitOfWork, id: string) => Promise<void>): Promise<string> {
    return context.mutate(async (unit, audit) => {
      const id = newId();
      audit.draft = { ...audit.draft, resource: { type: kind, id } };
      await named(() => write(unit, id));
      audit.draft = { ...audit.draft, after: facts };
      return id;
    });
  }
}

/** @throws Refusal VenueNotFound */
export async function inUse({ tx }: UnitOfWork, venueId: string): Promise<void> {
  if (!await db(tx).selectFrom('Venue').select('id').where('id', '=', venueId).where('archivedAt', 'is', null).executeTakeFirst()) throw venueNotFound();
}

/** @throws Refusal PlaceLimitReached */
async function room(unit: UnitOfWork, kind: Kind, venueId: string): Promise<void> {
  const { table, most } = KINDS[kind];
  await countAlone(unit.tx, table, venueId);
  const { rows } = await sql`select from ${sql.table(`commerce.${table}`)} where venue_id = ${venueId}::uuid limit ${most}`.execute(unit.tx.getKysely());
  if (rows.length >= most) throw limitReached(most);
}
