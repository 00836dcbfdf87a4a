// Batched reads of reservations, their tables and their history; lists of a day, a customer and a conversation.
import { sql } from 'kysely';
import { isUuid } from '../../kernel/base/ids.js';
import { decodeCursor, encodeCursor, isInstantText, pageOf, type Page } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { DepositFate } from '../deposit/deposit.fate.js';
import type { TableRow } from '../venue/venue.loaders.js';
import type { ReservationStatus } from './reservation.states.js';

export interface ReservationRow {
  id: string;
  venueId: string;
  status: ReservationStatus;
  partySize: number;
  startsAt: Date;
  endsAt: Date;
  heldUntil: Date | null;
  customerId: string | null;
  conversationId: string | null;
  guestName: string | null;
  note: string | null;
  createdAt: Date;
  /** Minor units, as decimal text; null: none was asked for. */
  depositMinor: string | null;
  depositCurrency: string | null;
  depositKept: boolean | null;
  depositFate: DepositFate | null;
}

export interface EventRow {
  from: ReservationStatus | null;
  to: ReservationStatus;
  startsAt: Date;
  at: Date;
  actorId: string | null;
  reason: string | null;
}

const MOST_EVENTS = 100;

const COLUMNS = sql.raw(`r.id, r.venue_id as "venueId", r.status, r.party_size as "partySize", r.starts_at as "startsAt", r.ends_at as "endsAt", r.held_until as "heldUntil",
  r.customer_id as "customerId", r.conversation_id as "conversationId", r.guest_name as "guestName", r.note, r.created_at as "createdAt",
  r.deposit_minor as "depositMinor", r.deposit_currency as "depositCurrency", r.deposit_kept as "depositKept", r.deposit_fate as "depositFate"`);

const COLUMNS_WITHIN = sql.raw('r.id, r.venue_id, r.status, r.party_size, r.starts_at, r.ends_at, r.held_until, r.customer_id, r.conversation_id, r.guest_name, r.note, r.created_at, r.deposit_minor, r.deposit_currency, r.deposit_kept, r.deposit_fate');

export const reservationById = defineLoader<OperationContext, string, ReservationRow>({
  name: 'reservation.byId', keyOf: (key) => key,
  batch: async (context, ids) => {
    const { rows } = await sql<ReservationRow>`select ${COLUMNS} from commerce.reservation r where r.id = any (${[...ids]}::uuid[])`.execute((await context.read()).getKysely());
    return new Map(rows.map((row) => [row.id, row]));
  },
});

export const tablesOfReservation = defineLoader<OperationContext, string, TableRow[]>({
  name: 'reservation.tables', keyOf: (key) => key,
  batch: async (context, ids) => {
    const { rows } = await sql<TableRow & { reservation: string }>`
      select t.id, t.venue_id as "venueId", t.area_id as "areaId", t.name, t.min_party as "minParty", t.max_party as "maxParty", t.archived_at as "archivedAt", b.reservation_id as reservation
      from commerce.reservation_table b join commerce.dining_table t on t.tenant_id = b.tenant_id and t.id = b.table_id
      where b.reservation_id = any (${[...ids]}::uuid[]) order by t.id`.execute((await context.read()).getKysely());
    return Map.groupBy(rows, ({ reservation }) => reservation);
  },
});

/** The newest first. */
export const eventsOfReservation = defineLoader<OperationContext, string, EventRow[]>({
  name: 'reservation.events', keyOf: (key) => key,
  batch: async (context, ids) => {
    const { rows } = await sql<EventRow & { reservation: string }>`
      select e.from_status as "from", e.to_status as "to", e.starts_at as "startsAt", e.at, e.actor as "actorId", e.reason, wanted.id as reservation
      from unnest(${[...ids]}::uuid[]) wanted (id) cross join lateral (
        select from_status, to_status, starts_at, at, actor, reason, id from commerce.reservation_event where reservation_id = wanted.id order by id desc limit ${MOST_EVENTS}) e
      order by e.id desc`.execute((await context.read()).getKysely());
    return Map.groupBy(rows, ({ reservation }) => reservation);
  },
});

const isId = (value: unknown): boolean => typeof value === 'string' && isUuid(value);
const cursorOf = ({ startsAt, id }: ReservationRow): string => encodeCursor([startsAt.toISOString(), id]);

/** @throws BAD_USER_INPUT when it is not a cursor of a list of reservations */
export const checkReservationCursor = (after: string | null): (string | number)[] | null => decodeCursor(after, [isInstantText, isId]);

/** Those of a venue that begin between two instants, by their begin. */
export async function reservationsBetween(context: OperationContext, venueId: string, [from, to]: [Date, Date], size: number, after: string | null): Promise<Page<ReservationRow>> {
  const beyond = checkReservationCursor(after);
  const later = beyond === null ? sql`` : sql`and (r.starts_at, r.id) > (${beyond[0]}::timestamptz, ${beyond[1]}::uuid)`;
  const { rows } = await sql<ReservationRow>`select ${COLUMNS} from commerce.reservation r
    where r.venue_id = ${venueId}::uuid and r.starts_at >= ${from} and r.starts_at < ${to} ${later} order by r.starts_at, r.id limit ${size + 1}`.execute((await context.read()).getKysely());
  return pageOf(rows, size, after, cursorOf);
}

export interface ReservationPageKey {
  of: 'customer' | 'conversation';
  id: string;
  size: number;
  after: string | null;
}
const keyOf = ({ of, id, size, after }: ReservationPageKey): string => `${of}/${id}/${size}/${after ?? ''}`;

/** The latest first, one statement for all customers, or conversations, whose lists are asked for alike. */
export const reservationPages = defineLoader<OperationContext, ReservationPageKey, Page<ReservationRow>>({
  name: 'reservation.pages', keyOf,
  batch: async (context, keys) => {
    const pages = new Map<string, Page<ReservationRow>>();
    for (const group of Map.groupBy(keys, ({ of, size, after }) => `${of}/${size}/${after ?? ''}`).values()) {
      const found = await latestOf(context, group);
      for (const key of group) pages.set(keyOf(key), pageOf(found.get(key.id) ?? [], key.size, key.after, cursorOf));
    }
    return pages;
  },
});

async function latestOf(context: OperationContext, keys: readonly ReservationPageKey[]): Promise<Map<string, ReservationRow[]>> {
  const [shared] = keys;
  if (!shared) return new Map();
  const beyond = checkReservationCursor(shared.after);
  const earlier = beyond === null ? sql`` : sql`and (r.starts_at, r.id) < (${beyond[0]}::timestamptz, ${beyond[1]}::uuid)`;
  const column = sql.raw(shared.of === 'customer' ? 'customer_id' : 'conversation_id');
  const { rows } = await sql<ReservationRow & { owner: string }>`
    select ${COLUMNS}, wanted.id as owner from unnest(${keys.map(({ id }) => id)}::uuid[]) wanted (id) cross join lateral (
      select ${COLUMNS_WITHIN} from commerce.reservation r where r.${column} = wanted.id ${earlier} order by r.starts_at desc, r.id desc limit ${shared.size + 1}) r
    order by r.starts_at desc, r.id desc`.execute((await context.read()).getKysely());
  return Map.groupBy(rows, ({ owner }) => owner);
}
