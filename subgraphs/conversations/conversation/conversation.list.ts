// Pages of conversations, by what a filter asks for and in the order it is wanted.
import { sql } from 'kysely';
import { badInput } from '../../kernel/base/errors.js';
import { isUuid } from '../../kernel/base/ids.js';
import { decodeCursor, encodeCursor, isInstantText, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { Tx } from '../../kernel/data/database.js';
import { criteriaOf, listOf, type ConversationCriteria } from './conversation.criteria.js';
import { CONVERSATION_PRIORITIES } from './conversation.entity.js';
import { labelledFew, withoutDeleted } from './conversation.labelled.js';
import type { ConversationFilter, UnreadConversationsArgs } from './conversation.inputs.js';
import { conversationById, type ConversationRow } from './conversation.loaders.js';
import type { ConversationSort as SortEnum } from './conversation.type.js';
import { termsOf } from '../search/search.terms.js';
import { searchList, type FoundAfter } from './conversation.search.js';
import { walk, type Place, type Walk, type Walked, type WalkOrder } from './conversation.walk.js';

type Sort = `${SortEnum}`;

export interface ListInput {
  first?: number | null;
  after?: string | null;
  filter?: ConversationFilter | null;
  sort?: Sort | null;
}

/** Beyond this an unread count is only "more". */
export const MOST_UNREAD = 99;

const isUuidText = (value: unknown): boolean => typeof value === 'string' && isUuid(value);
const isNumberText = (value: unknown): boolean => typeof value === 'string' && /^[1-9]\d{0,8}$/.test(value);
/** Places among the most urgent first: 0 to 3, and 4 for those without a priority. */
const isRank = (value: unknown): boolean => typeof value === 'number' && [0, 1, 2, 3, 4].includes(value);
const URGENCY = CONVERSATION_PRIORITIES.toReversed();

/** What a page takes from, and what its cursors say. */
interface Found { place: Place; rank: number | null }
interface Read { found: Found[]; onward: Found | null }

/** @throws BAD_USER_INPUT */
export async function listConversations(context: OperationContext, { first, after, filter, sort }: ListInput): Promise<Page<ConversationRow>> {
  const size = pageSize(first);
  const criteria = await withoutDeleted(context, criteriaOf(filter ?? {}));
  if (filter?.search !== null && filter?.search !== undefined) return searched(context, { first, after, filter, sort }, criteria);
  const order = sort ?? 'LAST_ACTIVITY';
  if (order === 'WAITING_LONGEST' && criteria.waiting === false) throw badInput('Those who do not wait have no order of waiting.', ['sort']);
  const reader = criteria.unread === null ? null : context.userId;
  const { found, onward } = await placesOf(await context.read(), { criteria, order, from: cursorOf(order, after), reader, most: size + 1 });
  const encode = ({ place, rank }: Found): string => encodeCursor(rank === null ? valuesOf(order, place) : [rank, place.at, place.id]);
  return pageFrom(context, { found, onward, size, after, idOf: ({ place }) => place.id, encode, encodeOnward: encode });
}

interface Asked { criteria: ConversationCriteria; order: Sort; from: Found | null; reader: string | null; most: number }

/** @param asked `reader`: whose unread messages count */
export async function placesOf(tx: Tx, { order, from, ...asked }: Asked): Promise<Read> {
  const narrowed = await labelledFew(tx, asked.criteria);
  return order === 'PRIORITY' ? byPriority(tx, { ...asked, narrowed }, from) : plain(tx, { ...asked, narrowed, order, after: from?.place ?? null });
}

const valuesOf = (order: Sort, { at, id }: Place): string[] => (order === 'CREATED' ? [at] : [at, id]);

function cursorOf(order: Sort, after: string | null | undefined): Found | null {
  if (order === 'PRIORITY') {
    const values = decodeCursor(after, [isRank, isInstantText, isUuidText]);
    return values && { rank: Number(values[0]), place: { at: String(values[1]), id: String(values[2]) } };
  }
  const values = decodeCursor(after, order === 'CREATED' ? [isNumberText] : [isInstantText, isUuidText]);
  return values && { rank: null, place: { at: String(values[0]), id: String(values[1] ?? '') } };
}

async function plain(tx: Tx, asked: Walk): Promise<Read> {
  const { places, onward } = await walk(tx, asked);
  return { found: places.map((place) => ({ place, rank: null })), onward: onward && { place: onward, rank: null } };
}

/** One urgency after the other, each by its index; at last those without. */
async function byPriority(tx: Tx, { criteria, ...asked }: Omit<Walk, 'order' | 'after'>, from: Found | null): Promise<Read> {
  const found: Found[] = [];
  for (let rank = from?.rank ?? 0; rank <= URGENCY.length; rank += 1) {
    const priority = URGENCY[rank];
    if (criteria.priorities.length > 0 && (!priority || !criteria.priorities.includes(priority))) continue;
    const order: WalkOrder = 'LAST_ACTIVITY';
    const { places, onward }: Walked = await walk(tx, {
      ...asked, order, criteria: { ...criteria, priorities: priority ? [priority] : [] }, also: priority ? [] : [sql`c.priority is null`],
      after: rank === from?.rank ? from.place : null, most: asked.most - found.length,
    });
    found.push(...places.map((place) => ({ place, rank })));
    if (onward) return { found, onward: { place: onward, rank } };
    if (found.length >= asked.most) break;
  }
  return { found, onward: null };
}

/** What is found by words has an order of its own. */
async function searched(context: OperationContext, { first, after, filter, sort }: ListInput, criteria: ConversationCriteria): Promise<Page<ConversationRow>> {
  const size = pageSize(first);
  if (sort !== null && sort !== undefined) throw badInput('What filter.search finds has an order of its own: leave sort out.', ['sort']);
  const terms = termsOf(filter?.search ?? '', ['filter', 'search']);
  const reader = criteria.unread === null ? null : context.userId;
  const from = foundCursor(after);
  const { found, onward } = await searchList(await context.read(), { terms, criteria, after: from, most: size + 1, reader });
  const encode = (at: FoundAfter): string => encodeCursor(at.by === 'contact' ? ['contact', at.place.at, at.place.id] : ['message', at.id, at.id]);
  return pageFrom(context, { found, onward, size, after, idOf: ({ id }) => id, encode: ({ at }) => encode(at), encodeOnward: encode });
}

function foundCursor(after: string | null | undefined): FoundAfter | null {
  const values = decodeCursor(after, [(by) => by === 'contact' || by === 'message', (at) => isInstantText(at) || isUuidText(at), isUuidText]);
  if (!values) return null;
  const [by, at, id] = values.map(String) as [string, string, string];
  if ((by === 'contact') !== isInstantText(at)) throw badInput('after is not a cursor of this list.', ['after']);
  return by === 'contact' ? { by, place: { at, id } } : { by: 'message', id };
}

/** The rows of the places, and the cursors of a page that may end before it is full. */
async function pageFrom<One, Onward>(
  context: OperationContext, { found, onward, size, after, idOf, encode, encodeOnward }: {
    found: One[]; onward: Onward | null; size: number; after: string | null | undefined;
    idOf: (one: One) => string; encode: (one: One) => string; encodeOnward: (onward: Onward) => string;
  },
): Promise<Page<ConversationRow>> {
  const rows = await Promise.all(found.map(async (one) => ({ one, row: await context.load(conversationById, idOf(one)) })));
  // What retention deleted in between is not there any more.
  const there = rows.flatMap(({ one, row }) => (row ? [{ one, row }] : []));
  const cursors = new Map(there.map(({ one, row }) => [row, encode(one)]));
  const page = pageOf(there.map(({ row }) => row), size, after, (row) => cursors.get(row) ?? '');
  if (onward === null || page.pageInfo.hasNextPage) return page;
  return { ...page, pageInfo: { ...page.pageInfo, hasNextPage: true, endCursor: encodeOnward(onward) } };
}

export interface UnreadCount { count: number; more: boolean }

/** How many of them hold something the actor has not read, as far as a page looks. @throws BAD_USER_INPUT */
export async function countUnread(context: OperationContext, { statuses, mine }: UnreadConversationsArgs): Promise<UnreadCount> {
  const reader = context.userId;
  const criteria: ConversationCriteria = { ...criteriaOf({}), statuses: listOf('statuses', statuses, ['statuses']), assignee: mine ? { id: reader } : null, unread: true };
  const { places, onward } = await walk(await context.read(), { criteria, reader, order: 'LAST_ACTIVITY', after: null, most: MOST_UNREAD + 1 });
  return { count: Math.min(places.length, MOST_UNREAD), more: onward !== null || places.length > MOST_UNREAD };
}
