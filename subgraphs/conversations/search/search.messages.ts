// Messages that hold the terms, newest first: the newest are looked at one by one, older ones are found by an index, day by day.
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
const NEWEST = 5_000;
/** Of those that hold the words no more are looked at for the rest of a filter: some twenty milliseconds. */
const HITS = 1_000;
const DAY_MS = 86_400_000;
const AFTER_ALL = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Ids are made in the order of time. As `message_keys` has it. */
const dayOf = (id: string): number => Math.floor(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16) / DAY_MS);

/** Only messages of this inbox. */
export const ofInbox = (id: string): Condition => sql`m.inbox_id = ${id}::uuid`;

export async function searchMessages(tx: Tx, search: MessageSearch): Promise<MessageHits> {
  const { hits, candidates, last } = await newest(tx, search);
  if (hits.length >= search.most || last === null) return { hits, onward: null };
  if (candidates >= HITS) return { hits, onward: last };
  const older = await byDays(tx, { ...search, below: last, most: search.most - hits.length }, candidates);
  return { hits: [...hits, ...older.hits], onward: older.onward };
}

const span = ({ below, since = null }: MessageSearch): RawBuilder<boolean> =>
  (since === null ? sql`m.id < ${below ?? AFTER_ALL}::uuid` : sql`m.id < ${below ?? AFTER_ALL}::uuid and m.id >= ${since}::uuid`);

interface Looked {
  hits: MessageHit[];
  /** How many held the words. */
  candidates: number;
  /** The last message that was looked at, when there may be more below it. */
  last: string | null;
}

/** The newest, one by one. */
async function newest(tx: Tx, search: MessageSearch): Promise<Looked> {
  const found = sql`select m.* from (select m.tenant_id, m.id, m.conversation_id, m.inbox_id, m.seq, ${matches(search.terms, 'm')} as hit from conversations.message m
    where ${span(search)} order by m.id desc limit ${NEWEST}) m where m.hit limit ${HITS}`;
  // Where the walk ended: at the last that was found when those were too many, and else as far down as it goes.
  const last = sql`case when (select count(*) from found) < ${HITS} and (select count(*) from kept) < ${search.most}
    then (select m.id from conversations.message m where ${span(search)} order by m.id desc offset ${NEWEST - 1} limit 1) else (select f.id from found f order by f.id limit 1) end`;
  return looked(tx, found, search, last, []);
}

async function looked(tx: Tx, found: RawBuilder<unknown>, search: MessageSearch, last: RawBuilder<unknown>, first: readonly Condition[]): Promise<Looked> {
  const { rows: [row] } = await sql<Looked>`with found as materialized (${found}), kept as materialized (${kept(search, first)})
    select (select count(*)::integer from found) as candidates, ${last} as last,
      coalesce((select json_agg(json_build_object('id', k.id, 'conversationId', k."conversationId") order by k.id desc) from kept k), '[]') as hits`.execute(tx.getKysely());
  return row ?? { candidates: 0, last: null, hits: [] };
}

/** First what a page needs when all of it passes, then as many as it may look at. @param spent how many were looked at before */
async function byDays(tx: Tx, search: MessageSearch & { below: string }, spent: number): Promise<MessageHits> {
  const { rows: [first] } = await sql<{ id: string }>`select m.id from conversations.message m order by m.id limit 1`.execute(tx.getKysely());
  const oldest = Math.max(dayOf(first?.id ?? search.below), search.since ? dayOf(search.since) : 0);
  const hits: MessageHit[] = [];
  let { below } = search;
  let left = HITS - spent;
  for (let portion = Math.min(search.most, left); left > 0; portion = left) {
    const found = await inDays(tx, { ...search, below, most: search.most - hits.length }, oldest, portion);
    hits.push(...found.hits);
    if (hits.length >= search.most || found.candidates < portion || found.last === null) return { hits, onward: null };
    below = found.last;
    left -= portion;
  }
  return { hits, onward: below };
}

function inDays(tx: Tx, search: MessageSearch & { below: string }, oldest: number, portion: number): Promise<Looked> {
  const { terms: { terms, open }, below } = search;
  const found = sql`select current_setting('app.tenant_id')::uuid as tenant_id, s.id, s.conversation_id, s.inbox_id, s.seq
    from conversations.message_search(${terms}::text[], ${open}::boolean, ${dayOf(below)}::integer, ${oldest}::integer, ${below}::uuid, ${portion}::integer) s`;
  return looked(tx, found, search, sql`(select f.id from found f order by f.id limit 1)`, search.since ? [sql`m.id >= ${search.since}::uuid`] : []);
}

/** Of the messages that were found, in their order, those that the search asks for. */
function kept({ terms, most, where = [], conversation = [], once = false }: MessageSearch, first: readonly Condition[]): RawBuilder<unknown> {
  // By key for each: as joins, whole tables would be read.
  const newer = sql<boolean>`(select count(*) from (select from conversations.message m2 where m2.tenant_id = m.tenant_id and m2.conversation_id = m.conversation_id
    and m2.seq > m.seq and ${matches(terms, 'm2')} limit 1) later) = 0`;
  const conditions = [...first, ...where, ...(once ? [newer] : [])];
  const joined = conversation.length === 0 ? sql`` : sql`cross join lateral (select c.id from conversations.conversation c
    where c.tenant_id = m.tenant_id and c.id = m.conversation_id and ${sql.join([...conversation], sql` and `)} offset 0) its`;
  return sql`select m.id, m.conversation_id as "conversationId" from (select f.* from found f order by f.id desc offset 0) m ${joined}
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
