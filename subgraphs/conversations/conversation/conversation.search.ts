// Conversations by words: first those whose contact is meant, then those in whose messages the words stand.
import { sql } from 'kysely';
import type { Tx } from '../../kernel/data/database.js';
import { conversationsOf, fewContacts } from '../search/search.contacts.js';
import { searchConversations, searchMessages, type MessageHits } from '../search/search.messages.js';
import { contactMatches, type Terms } from '../search/search.terms.js';
import { conditionsOf, type Condition, type ConversationCriteria } from './conversation.criteria.js';
import { labelledFew } from './conversation.labelled.js';
import { walk, type Place, type Walk } from './conversation.walk.js';

/** Where a page of found conversations begins: after one whose contact matched, or below the message by which one was found. */
export type FoundAfter = { by: 'contact'; place: Place } | { by: 'message'; id: string };
export interface FoundConversation { id: string; at: FoundAfter }
export interface FoundConversations { found: FoundConversation[]; onward: FoundAfter | null }

export interface ConversationSearch {
  terms: Terms;
  criteria: ConversationCriteria;
  after: FoundAfter | null;
  most: number;
  /** Whose unread messages count; null when nobody asked. */
  reader: string | null;
}

/** A name that one in four bears fills a page from among so many. */
const NEWEST = 100;
/** So few conversations of a filter are searched one by one, and are known to be so few after so many rows. */
const FEW = 200;
const FEW_AMONG = 1_000;

/** What is found out once for a page. */
interface Narrowed extends ConversationSearch {
  /** The only conversations there can be, by their labels; null: many. */
  labelled: string[] | null;
}

export async function searchList(tx: Tx, search: ConversationSearch): Promise<FoundConversations> {
  const narrowed = { ...search, labelled: await labelledFew(tx, search.criteria) };
  const found: FoundConversation[] = [];
  if (search.after?.by !== 'message') {
    const soon = await walk(tx, byContact(narrowed, { window: NEWEST, also: [contactMatches(search.terms)] }));
    if (soon.places.length >= search.most) return { found: soon.places.map(ofContact), onward: null };
  }
  const contacts = await fewContacts(tx, search.terms);
  if (search.after?.by !== 'message' && contacts?.length !== 0) {
    const theirs = contacts && await conversationsOf(tx, contacts);
    const { places, onward } = await walk(tx, theirs === null
      ? byContact(narrowed, { also: [contactMatches(search.terms)] })
      : byContact(narrowed, { narrowed: theirs, also: narrowed.labelled ? [sql`c.id = any (${narrowed.labelled}::uuid[])`] : [] }));
    found.push(...places.map(ofContact));
    if (onward || found.length >= search.most) return { found, onward: onward && { by: 'contact', place: onward } };
  }
  const { hits, onward } = await byMessage(tx, { ...narrowed, most: search.most - found.length }, contacts);
  found.push(...hits.map(({ id, conversationId }): FoundConversation => ({ id: conversationId, at: { by: 'message', id } })));
  return { found, onward: onward === null ? null : { by: 'message', id: onward } };
}

const ofContact = (place: Place): FoundConversation => ({ id: place.id, at: { by: 'contact', place } });

/** Latest activity first. */
const byContact = ({ criteria, after, most, reader, labelled }: Narrowed, how: Partial<Walk>): Walk =>
  ({ criteria, order: 'LAST_ACTIVITY', after: after?.by === 'contact' ? after.place : null, most, reader, narrowed: labelled, ...how });

/** The newest message that holds the terms first; not those whose contact is meant, which came before. */
async function byMessage(tx: Tx, { terms, criteria, after, most, reader, labelled }: Narrowed, contacts: readonly string[] | null): Promise<MessageHits> {
  const others = contacts === null ? [sql<boolean>`not ${contactMatches(terms)}`] : contacts.length > 0 ? [sql<boolean>`c.contact_id <> all (${[...contacts]}::uuid[])`] : [];
  const filters = [...conditionsOf(criteria, reader ?? ''), ...spanOf(criteria)];
  const below = after?.by === 'message' ? after.id : null;
  if (filters.length > 0) {
    const few = await walk(tx, { criteria, order: 'LAST_ACTIVITY', after: null, most: labelled ? labelled.length + 1 : FEW + 1, reader, narrowed: labelled, window: FEW_AMONG });
    if (few.onward === null && (labelled || few.places.length <= FEW)) return searchConversations(tx, { terms, below, most, conversation: others }, few.places.map(({ id }) => id));
  }
  return searchMessages(tx, { terms, below, most, once: true, conversation: [...filters, ...others] });
}

const spanOf = ({ from, to }: ConversationCriteria): Condition[] => [
  ...(from === null ? [] : [sql<boolean>`c.last_activity_at >= ${from}`]), ...(to === null ? [] : [sql<boolean>`c.last_activity_at < ${to}`]),
];
