// Walks along an index of conversations in the order of a list, and looks at no more rows than a page may cost.
import { sql, type RawBuilder } from 'kysely';
import type { Tx } from '../../kernel/data/database.js';
import { CONVERSATION_STATUSES, type ConversationPriority } from './conversation.entity.js';
import { conditionsOf, type Condition, type ConversationCriteria, type Residue } from './conversation.criteria.js';

export type WalkOrder = 'LAST_ACTIVITY' | 'CREATED' | 'WAITING_LONGEST';

/** Where a conversation stands in an order: the instant (CREATED: the display number) as text, and its id. */
export interface Place { at: string; id: string }

export interface Walked {
  places: Place[];
  /** The last row looked at, when there may be more behind it and the page is not full; null otherwise. */
  onward: Place | null;
}

/** Rows that one page may look at whose index does not answer the whole filter: some twenty milliseconds. */
export const WINDOW = 5_000;

interface Ordering { key: string; id: string; way: 'asc' | 'desc'; cast: string }
const ORDERINGS: Record<WalkOrder, Ordering> = {
  LAST_ACTIVITY: { key: 'last_activity_at', id: 'id', way: 'desc', cast: 'timestamptz' },
  CREATED: { key: 'display_number', id: 'id', way: 'desc', cast: 'integer' },
  WAITING_LONGEST: { key: 'waiting_since', id: 'id', way: 'asc', cast: 'timestamptz' },
};
const SHOWN = sql.raw('c.tenant_id, c.id, c.contact_id, c.status, c.inbox_id, c.assignee_id, c.team_id, c.priority, c.waiting_since, c.inbound_count');

interface Plan {
  /** One for each range of the index that is read; merged in order. */
  ranges: Condition[];
  residue: Residue;
}

/** Which index answers most of the filter, and what it leaves. */
function planOf(criteria: ConversationCriteria, order: WalkOrder, narrowed: readonly string[] | null): Plan {
  const { statuses, inboxes, assignee, teams, priorities, from: _from, to: _to, ...others } = criteria;
  if (narrowed !== null) return { ranges: [sql`c.id = any (${[...narrowed]}::uuid[])`], residue: criteria };
  if (order === 'CREATED') return { ranges: [sql`true`], residue: criteria };
  if (order === 'WAITING_LONGEST') return { ranges: [sql`c.waiting_since is not null`], residue: { ...criteria, waiting: null } };
  // Every range ends in one status: those that were asked for, or all there are.
  const each = statuses.length > 0 ? statuses : CONVERSATION_STATUSES;
  if (assignee !== null && assignee !== 'somebody') {
    const charge = assignee === 'nobody' ? sql`c.assignee_id is null` : sql`c.assignee_id = ${assignee.id}::uuid`;
    return { ranges: each.map((status) => sql`${charge} and c.status = ${status}`), residue: { ...others, inboxes, teams, priorities } };
  }
  if (teams.length > 0) {
    return { ranges: teams.flatMap((team) => each.map((status) => sql<boolean>`c.team_id = ${team}::uuid and c.status = ${status}`)), residue: { ...others, inboxes, assignee, priorities } };
  }
  if (inboxes.length > 0) {
    return { ranges: inboxes.flatMap((inbox) => each.map((status) => sql<boolean>`c.inbox_id = ${inbox}::uuid and c.status = ${status}`)), residue: { ...others, assignee, priorities } };
  }
  if (priorities.length > 0) return { ranges: priorities.map((priority: ConversationPriority) => sql`c.priority = ${priority}`), residue: { ...others, statuses, assignee } };
  return { ranges: statuses.length > 0 ? statuses.map((status) => sql`c.status = ${status}`) : [sql`true`], residue: { ...others, assignee } };
}

export interface Walk {
  criteria: ConversationCriteria;
  order: WalkOrder;
  after: Place | null;
  most: number;
  /** Whose unread messages count; null when nobody asked. */
  reader: string | null;
  /** These alone, which are few. */
  narrowed?: readonly string[] | null;
  /** What is asked of each besides. */
  also?: readonly Condition[];
  window?: number;
}

/** @returns at most `most` places, in order */
export async function walk(tx: Tx, { criteria, order, after, most, reader, narrowed = null, also = [], window = WINDOW }: Walk): Promise<Walked> {
  const { ranges, residue } = planOf(criteria, order, narrowed);
  const conditions = [...conditionsOf(residue, reader ?? ''), ...also];
  const rows = narrowed === null && conditions.length > 0 ? window : most;
  const looked = merged(ranges, order, spanOf(criteria, order, after), narrowed === null ? rows : null);
  const ordering = orderOf(order, 'c');
  const { rows: found } = await sql<Place>`select ${textOf(order)} as at, c.id from ${looked} c
    where ${conditions.length > 0 ? sql.join(conditions, sql` and `) : sql`true`} order by ${ordering} limit ${most}`.execute(tx.getKysely());
  if (found.length >= most || narrowed !== null || conditions.length === 0) return { places: found, onward: null };
  const { rows: [last] } = await sql<Place>`select ${textOf(order)} as at, c.id from ${looked} c order by ${ordering} offset ${rows - 1} limit 1`.execute(tx.getKysely());
  return { places: found, onward: last ?? null };
}

/** As `toISOString` writes instants, so that a cursor names a row exactly. */
const textOf = (order: WalkOrder): RawBuilder<string> => (order === 'CREATED'
  ? sql`c.key::text`
  : sql`to_char(c.key at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`);

function orderOf(order: WalkOrder, alias: string): RawBuilder<unknown> {
  const { way } = ORDERINGS[order];
  return sql.raw(order === 'CREATED' ? `${alias}.key ${way}` : `${alias}.key ${way}, ${alias}.id ${way}`);
}

/** What of the order itself is asked for: a span of last activity, and what comes after a cursor. */
function spanOf({ from, to }: ConversationCriteria, order: WalkOrder, after: Place | null): Condition[] {
  const { key, way, cast } = ORDERINGS[order];
  const beyond = sql.raw(way === 'desc' ? '<' : '>');
  const found: Condition[] = [];
  if (from !== null) found.push(sql`c.last_activity_at >= ${from}`);
  if (to !== null) found.push(sql`c.last_activity_at < ${to}`);
  if (after !== null) {
    found.push(order === 'CREATED'
      ? sql`c.display_number ${beyond} ${after.at}::integer`
      : sql`(${sql.ref(`c.${key}`)}, c.id) ${beyond} (${after.at}::${sql.raw(cast)}, ${after.id}::uuid)`);
  }
  return found;
}

/** Each range along its index, together in order. @param rows looked at; null: all, for they are few */
function merged(ranges: readonly Condition[], order: WalkOrder, span: readonly Condition[], rows: number | null): RawBuilder<unknown> {
  const { key, id, way } = ORDERINGS[order];
  const by = sql.raw(order === 'CREATED' ? `c.${key} ${way}` : `c.${key} ${way}, c.${id} ${way}`);
  const limit = rows === null ? sql`` : sql`limit ${rows}`;
  const read = ranges.map((range) => sql`(select ${sql.ref(`c.${key}`)} as key, ${SHOWN} from conversations.conversation c
    where ${sql.join([range, ...span], sql` and `)} order by ${by} ${limit})`);
  const [only, ...rest] = read;
  return rest.length === 0 && only ? only : sql`(select c.* from (${sql.join(read, sql` union all `)}) c order by ${orderOf(order, 'c')} ${limit})`;
}
