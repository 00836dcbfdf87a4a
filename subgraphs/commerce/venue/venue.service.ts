// Venues, their rules of booking and their hours; each change is one transaction with its audit event.
import { sql } from 'kysely';
import { ErrorCode, invalidInput, Refusal } from '../../kernel/base/errors.js';
import { newId } from '../../kernel/base/ids.js';
import { canonicalTimeZone } from '../../kernel/base/preferences.js';
import { countAlone } from '../../kernel/data/scarce.js';
import type { MutationAudit, OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { db } from '../tables.js';
import { constraintOf, hoursOf, nameOf, staysOf, venueNotFound, wholeOf, type Hours } from './venue.checks.js';
import type { BookingRules, Stay } from './venue.entity.js';
import type { VenueCreateInput, VenueDaySetInput, VenueHoursSetInput, VenueUpdateInput } from './venue.inputs.js';
import { clockOf, isDay } from './wall.js';

const MOST_VENUES = 100;
const MOST_HOURS = 50;
const MOST_HOURS_OF_DAY = 5;
const MOST_DAYS = 100;
const DAY_MS = 86_400_000;
const RULES = ['name', 'timeZone', 'slotMinutes', 'leadMinutes', 'cancelMinutes', 'daysAhead', 'confirmsByHand', 'stays', 'archivedAt'] as const;

interface Rules extends BookingRules {
  name: string;
}

export const limitReached = (most: number): Refusal => new Refusal('PlaceLimitReached', ErrorCode.LIMIT_REACHED, `There may be ${most} at the most.`, null);

export class VenueService {
  /** @throws Refusal InputInvalid, PlaceLimitReached */
  create(context: OperationContext, input: VenueCreateInput): Promise<string> {
    const { tenantId } = context;
    const { stays, ...rules } = checked(input);
    return context.mutate(async (unit, audit) => {
      const id = newId();
      audit.draft = { ...audit.draft, resource: { type: 'Venue', id } };
      await countAlone(unit.tx, 'venues', tenantId);
      const { rows } = await sql`select from commerce.venue where archived_at is null limit ${MOST_VENUES}`.execute(unit.tx.getKysely());
      if (rows.length >= MOST_VENUES) throw limitReached(MOST_VENUES);
      await db(unit.tx).insertInto('Venue').values({ ...rules, id, tenantId, stays: stored(stays), createdAt: unit.now, archivedAt: null }).execute();
      audit.draft = { ...audit.draft, after: { ...rules, stays } };
      return id;
    });
  }

  /** @throws Refusal InputInvalid, VenueNotFound */
  update(context: OperationContext, id: string, input: VenueUpdateInput): Promise<void> {
    return this.#change(context, id, true, async ({ tx, now }, audit) => {
      const before = await db(tx).selectFrom('Venue').select(RULES).where('id', '=', id).executeTakeFirstOrThrow();
      const { archivedAt, ...rules } = before;
      const { stays, ...others } = checked({ ...rules, ...given(input) });
      const archived = input.archived ?? archivedAt !== null;
      await db(tx).updateTable('Venue').set({ ...others, stays: stored(stays), archivedAt: archived ? archivedAt ?? now : null }).where('id', '=', id).execute();
      audit.draft = { ...audit.draft, before: { ...rules, archived: archivedAt !== null }, after: { ...others, stays, archived } };
    });
  }

  /** @throws Refusal InputInvalid, VenueNotFound */
  setHours(context: OperationContext, id: string, { hours }: VenueHoursSetInput): Promise<void> {
    const field = ['input', 'hours'];
    if (hours.length > MOST_HOURS) throw invalidInput(`There are at most ${MOST_HOURS} hours in a week.`, field);
    const week = hours.map((one) => ({ weekday: wholeOf(one.weekday, 1, 7, [...field, 'weekday']), ...hoursOf(one, field) }));
    return this.#change(context, id, false, async (unit, audit) => {
      await sql`delete from commerce.opening where venue_id = ${id}::uuid and weekday is not null`.execute(unit.tx.getKysely());
      for (const one of week) await this.#open(unit, id, { weekday: one.weekday, day: null }, one, field);
      audit.draft = { ...audit.draft, after: { hours: week.map(({ weekday, ...times }) => ({ weekday, ...told(times) })) } };
    });
  }

  /** @throws Refusal InputInvalid, VenueNotFound, PlaceLimitReached */
  setDay(context: OperationContext, id: string, { day, hours }: VenueDaySetInput): Promise<void> {
    const field = ['input', 'hours'];
    if (!isDay(day)) throw invalidInput('This is a day, e.g. 2026-12-24.', ['input', 'day']);
    if (hours && hours.length > MOST_HOURS_OF_DAY) throw invalidInput(`There are at most ${MOST_HOURS_OF_DAY} hours in a day.`, field);
    const those = hours?.map((one) => hoursOf(one, field)) ?? null;
    return this.#change(context, id, false, async (unit, audit) => {
      const { tx } = unit;
      // Days that are over, in whatever zone, say nothing any more.
      const over = new Date(unit.now.getTime() - 2 * DAY_MS).toISOString().slice(0, 10);
      await sql`delete from commerce.opening where venue_id = ${id}::uuid and (day = ${day}::date or day < ${over}::date)`.execute(tx.getKysely());
      const { rows } = await sql`select distinct day from commerce.opening where venue_id = ${id}::uuid and day is not null limit ${MOST_DAYS}`.execute(tx.getKysely());
      if (rows.length >= MOST_DAYS && those) throw limitReached(MOST_DAYS);
      if (those?.length === 0) await this.#open(unit, id, { weekday: null, day }, null, field);
      for (const one of those ?? []) await this.#open(unit, id, { weekday: null, day }, one, field);
      audit.draft = { ...audit.draft, after: { day, hours: those?.map(told) ?? null } };
    });
  }

  /** The hours of a venue are changed by one at a time. @param evenArchived whether it may be out of use */
  #change(context: OperationContext, id: string, evenArchived: boolean, work: (unit: UnitOfWork, audit: MutationAudit) => Promise<void>): Promise<void> {
    return context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'Venue', id } };
      const found = await db(unit.tx).selectFrom('Venue').select('archivedAt').where('id', '=', id).forUpdate().executeTakeFirst();
      if (!found || (found.archivedAt !== null && !evenArchived)) throw venueNotFound();
      await work(unit, audit);
    });
  }

  async #open({ tx, scope }: UnitOfWork, venueId: string, when: { weekday: number | null; day: string | null }, hours: Hours | null, field: string[]): Promise<void> {
    try {
      await sql`insert into commerce.opening (tenant_id, id, venue_id, weekday, day, opens, closes)
        values (${scope.tenant}::uuid, ${newId()}::uuid, ${venueId}::uuid, ${when.weekday}::int, ${when.day}::date, ${hours?.opens ?? null}::int, ${hours?.closes ?? null}::int)`.execute(tx.getKysely());
    } catch (error) {
      if (constraintOf(error)?.code === '23P01') throw invalidInput('Hours of one day overlap.', field);
      throw error;
    }
  }
}

const stored = (stays: Stay[]) => sql<Stay[]>`${JSON.stringify(stays)}::jsonb`;
const told = ({ opens, closes }: Hours): { opens: string; closes: string } => ({ opens: clockOf(opens), closes: clockOf(closes) });

/** What of an update is there. */
const given = ({ venueId: _venueId, archived: _archived, ...input }: VenueUpdateInput): Partial<Rules> =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null && value !== undefined)) as Partial<Rules>;

/** @throws Refusal InputInvalid */
function checked(rules: Rules): Rules {
  const within = (key: 'slotMinutes' | 'leadMinutes' | 'cancelMinutes' | 'daysAhead', least: number, most: number): number => wholeOf(rules[key], least, most, ['input', key]);
  return {
    name: nameOf(rules.name, ['input', 'name']), timeZone: canonicalTimeZone(rules.timeZone, ['input', 'timeZone']),
    slotMinutes: within('slotMinutes', 5, 240), leadMinutes: within('leadMinutes', 0, 43_200), cancelMinutes: within('cancelMinutes', 0, 43_200),
    daysAhead: within('daysAhead', 1, 730), confirmsByHand: rules.confirmsByHand, stays: staysOf(rules.stays),
  };
}
