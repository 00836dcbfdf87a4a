// Times in which a table or a whole venue is given to nobody.
import { sql } from 'kysely';
import { invalidInput } from '../../kernel/base/errors.js';
import { encodeId, isUuid, newId } from '../../kernel/base/ids.js';
import { decodeCursor, encodeCursor, isInstantText, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { db } from '../tables.js';
import { inUse } from './place.service.js';
import { constraintOf, placeNotFound, textOf } from './venue.checks.js';
import type { BlockedPeriodCreateInput } from './venue.inputs.js';

const LONGEST_MS = 366 * 86_400_000;

export interface BlockRow {
  id: string;
  venueId: string;
  tableId: string | null;
  startsAt: Date;
  endsAt: Date;
  reason: string | null;
}
const COLUMNS = ['id', 'venueId', 'tableId', 'startsAt', 'endsAt', 'reason'] as const;

export class BlockService {
  /** Those that are not over, by their end. @throws BAD_USER_INPUT */
  async page(context: OperationContext, venueId: string, first?: number | null, after?: string | null): Promise<Page<BlockRow>> {
    const size = pageSize(first);
    const beyond = decodeCursor(after, [isInstantText, (value) => typeof value === 'string' && isUuid(value)]);
    const found = await db(await context.read()).selectFrom('BlockedPeriod').select(COLUMNS).where('venueId', '=', venueId).where('endsAt', '>', context.deps.clock.now())
      .$if(beyond !== null, (query) => query.where(sql<boolean>`(ends_at, id) > (${String(beyond?.[0])}::timestamptz, ${String(beyond?.[1])}::uuid)`))
      .orderBy('endsAt').orderBy('id').limit(size + 1).execute();
    return pageOf(found, size, after, ({ endsAt, id }) => encodeCursor([endsAt.toISOString(), id]));
  }

  /** @throws Refusal VenueNotFound, PlaceNotFound, InputInvalid */
  create(context: OperationContext, venueId: string, tableId: string | null, input: BlockedPeriodCreateInput): Promise<BlockRow> {
    const { startsAt, endsAt } = input;
    const reason = textOf(input.reason, ['input', 'reason'], 200);
    return context.mutate(async (unit, audit) => {
      const id = newId();
      audit.draft = { ...audit.draft, resource: { type: 'BlockedPeriod', id } };
      if (endsAt <= startsAt || endsAt <= unit.now) throw invalidInput('It ends in the future, and after it begins.', ['input', 'endsAt']);
      if (endsAt.getTime() - startsAt.getTime() > LONGEST_MS || endsAt.getTime() - unit.now.getTime() > 3 * LONGEST_MS) throw invalidInput('It is at most 366 days long, and in the next three years.', ['input', 'endsAt']);
      await inUse(unit, venueId);
      const row = { id, venueId, tableId, startsAt, endsAt, reason };
      try {
        await db(unit.tx).insertInto('BlockedPeriod').values({ ...row, tenantId: context.tenantId, createdAt: unit.now }).execute();
      } catch (error) {
        if (constraintOf(error)?.code === '23503') throw placeNotFound('table', ['input', 'tableId']);
        throw error;
      }
      audit.draft = { ...audit.draft, after: factsOf(row) };
      return row;
    });
  }

  /** @throws Refusal PlaceNotFound */
  delete(context: OperationContext, id: string): Promise<BlockRow> {
    return context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'BlockedPeriod', id } };
      const gone = await db(unit.tx).deleteFrom('BlockedPeriod').where('id', '=', id).returning(COLUMNS).executeTakeFirst();
      if (!gone) throw placeNotFound('blocked period', ['input', 'periodId']);
      audit.draft = { ...audit.draft, before: factsOf(gone) };
      return gone;
    });
  }
}

/** What people wrote of why stays out of the trail. */
const factsOf = ({ venueId, tableId, startsAt, endsAt }: BlockRow): Record<string, unknown> =>
  ({ venueId: encodeId('ven', venueId), tableId: tableId === null ? null : encodeId('tbl', tableId), startsAt, endsAt });
