// Messages that hold the terms, newest first: the newest are looked at one by one, older ones are found by an index, week by week.
import { sql, type RawBuilder } from 'kysely';
import type { Tx } from '../../kernel/data/database.js';
import type { Condition } from '../conversation/conversation.criteria.js';
import { matches, type Terms } from './search.terms.js';

export interface MessageHit { id: string; conversationId: string }

export interface MessageHits {
  hits: MessageHit[];
  /** Go on below this message, when the page is not full and there may be more; null otherwise. */
  onward: string | null;
}

export interface MessageSearch {
  terms: Terms;
  /** Only messages older than this one; null: from the newest. */
  below: string | null;
  /** Only this one and newer ones; absent or null: as old as there are. */
  since?: string | null;
  most: number;
  /** Of `m`, a message. */
  where?: readonly Condition[];
  /** Of `c`, its conversation. */
  conversation?: readonly Condition[];
  /** A conversation counts once, by the newest of its messages that holds the terms. */
  once?: boolean;
}

/** A word that one in two hundred messages holds fills a page from among so many. */
export const NEWEST = 5_000;
/** Of the index one answer at most, and at most so many answers' worth a page: some twenty milliseconds. */
const CANDIDATES = 2_000;
const BUDGET = 6_000;
const MOST_WEEKS = 64;
const WEEK_MS = 604_800_000;
const AFTER_ALL = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Ids are made in the order of time. As \`search_week\` has it. */
const weekOf = (id: string): number => Math.floor(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16) / WEEK_MS);

export async function searchMessages(tx: Tx, search: MessageSearch): Promise<MessageHits> {
  const hits = await newest(tx, search);
  if (hits.length >= search.most) return { hits, onward: null };
  const floor = await placeBelow(tx, search);
  if (floor === null) return { hits, onward: null };
  const older = await byWeeks(tx, { ...search, below: floor, most: search.most - hits.length });
  return { hits: [...hits, ...older.hits], onward: older.onward };
}

const span = ({ below, since = null }: MessageSearch): RawBuilder<boolean> =>
  (since === null ? sql`m.id < ${below ?? AFTER_ALL}::uuid` : sql`m.id < ${below ?? AFTER_ALL}::uuid and m.id >= ${since}::uuid`);

/** The newest, one by one. A frequent word ends the walk long before its end. */
async function newest(tx: Tx, search: MessageSearch): Promise<MessageHit[]> {
  const looked = sql`(select m.tenant_id, m.id, m.conversation_id, m.inbox_id, m.seq, ${matches(search.terms, 'm')} as hit from conversations.message m
    where ${span(search)} order by m.id desc limit ${NEWEST})`;
  const { rows } = await sql<MessageHit>`${kept(looked, search, [sql`m.hit`])}`.execute(tx.getKysely());
  return rows;
}

/** The last of as many as were looked at; null: there is nothing below them. */
async function placeBelow(tx: Tx, search: MessageSearch): Promise<string | null> {
  const { rows: [row] } = await sql<{ id: string }>`select m.id from conversations.message m where ${span(search)} order by m.id desc offset ${NEWEST - 1} limit 1`.execute(tx.getKysely());
  return row?.id ?? null;
}

/** Each step looks at twice as many weeks, so that a word of years ago is found in a few. */
async function byWeeks(tx: Tx, search: MessageSearch & { below: string }): Promise<MessageHits> {
  const { rows: [first] } = await sql<{ id: string }>`select m.id from conversations.message m order by m.id limit 1`.execute(tx.getKysely());
  const oldest = Math.max(weekOf(first?.id ?? search.below), search.since ? weekOf(search.since) : 0);
  const hits: MessageHit[] = [];
  let { below } = search;
  let looked = 0;
  for (let week = weekOf(below), span = 1; week >= oldest && hits.length < search.most;) {
    if (looked >= BUDGET) return { hits, onward: below };
    const last = Math.max(week - span + 1, oldest);
    const found = await inWeeks(tx, { ...search, below, most: search.most - hits.length }, week, last);
    hits.push(...found.hits);
    looked += found.candidates;
    if (found.candidates === CANDIDATES && found.last !== null) {
      below = found.last;
      continue;
    }
    week = last - 1;
    span = Math.min(span * 2, MOST_WEEKS);
  }
  return { hits, onward: null };
}

interface InWeeks { candidates: number; last: string | null; hits: MessageHit[] }

async function inWeeks(tx: Tx, search: MessageSearch & { below: string }, newestWeek: number, oldestWeek: number): Promise<InWeeks> {
  const { terms: { terms, open }, below } = search;
  const looked = sql`(select current_setting('app.tenant_id')::uuid as tenant_id, f.id, f.conversation_id, f.inbox_id, f.seq from found f order by f.id desc)`;
  const { rows: [row] } = await sql<InWeeks>`
    with found as materialized (
      select s.id, s.conversation_id, s.inbox_id, s.seq from conversations.message_search(${terms}::text[], ${open}::boolean, ${newestWeek}::integer, ${oldestWeek}::integer, ${below}::uuid, ${CANDIDATES}::integer) s
    ), kept as materialized (${kept(looked, search, search.since ? [sql`m.id >= ${search.since}::uuid`] : [])})
    select (select count(*)::integer from found) as candidates, (select f.id from found f order by f.id limit 1) as last,
      coalesce((select json_agg(json_build_object('id', k.id, 'conversationId', k."conversationId") order by k.id desc) from kept k), '[]') as hits`.execute(tx.getKysely());
  return row ?? { candidates: 0, last: null, hits: [] };
}

/** Of the messages \`m\` that were looked at, in their order, those that the search asks for. */
function kept(looked: RawBuilder<unknown>, { terms, most, where = [], conversation = [], once = false }: MessageSearch, first: readonly Condition[]): RawBuilder<unknown> {
  // By key for each: as joins, whole tables would be read.
  const newer = sql<boolean>`(select count(*) from (select from conversations.message m2 where m2.tenant_id = m.tenant_id and m2.conversation_id = m.conversation_id
    and m2.seq > m.seq and ${matches(terms, 'm2')} limit 1) later) = 0`;
  const conditions = [...first, ...where, ...(once ? [newer] : [])];
  const joined = conversation.length === 0 ? sql`` : sql`cross join lateral (select c.id from conversations.conversation c
    where c.tenant_id = m.tenant_id and c.id = m.conversation_id and ${sql.join([...conversation], sql` and `)} offset 0) its`;
  return sql`select m.id, m.conversation_id as "conversationId" from ${looked} m ${joined}
    where ${conditions.length > 0 ? sql.join(conditions, sql` and `) : sql`true`} order by m.id desc limit ${most}`;
}

/** The newest message with the terms of each of a few conversations. */
export async function searchConversations(tx: Tx, { terms, below, most, conversation = [] }: MessageSearch, ids: readonly string[]): Promise<MessageHits> {
  const { rows: hits } = await sql<MessageHit>`
    select newest.id, c.id as "conversationId" from conversations.conversation c
      cross join lateral (select m.id from conversations.message m where m.tenant_id = c.tenant_id and m.conversation_id = c.id and ${matches(terms, 'm')} order by m.seq desc limit 1) newest
    where c.id = any (${[...ids]}::uuid[]) and newest.id < ${below ?? AFTER_ALL}::uuid ${conversation.length > 0 ? sql`and ${sql.join([...conversation], sql` and `)}` : sql``}
    order by newest.id desc limit ${most}`.execute(tx.getKysely());
  return { hits, onward: null };
}

/** In one conversation, all of whose messages are looked at. */
export async function searchInConversation(tx: Tx, search: MessageSearch, conversationId: string): Promise<MessageHits> {
  const { terms, most, where = [] } = search;
  const conditions = [span(search), matches(terms, 'm'), ...where];
  const { rows: hits } = await sql<MessageHit>`select m.id, m.conversation_id as "conversationId" from conversations.message m
    where m.conversation_id = ${conversationId}::uuid and ${sql.join(conditions, sql` and `)} order by m.id desc limit ${most}`.execute(tx.getKysely());
  return { hits, onward: null };
}
