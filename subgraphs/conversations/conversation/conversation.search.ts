// Conversations by words: first those whose contact is meant, then those in whose messages the words stand.
import type { Tx } from '../../kernel/data/database.js';
import { conversationsOf, fewContacts } from '../search/search.contacts.js';
import { searchConversations, searchMessages, type MessageHits } from '../search/search.messages.js';
import { contactMatches, type Terms } from '../search/search.terms.js';
import { sql } from 'kysely';
import { conditionsOf, type Condition, type ConversationCriteria } from './conversation.criteria.js';
import { walk, type Place, type Walked } from './conversation.walk.js';

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

/** A name that one in twenty bears fills a page from among so many. */
const NEWEST = 500;
/** So few conversations of a filter are searched one by one, and are known to be so few after so many rows. */
const FEW = 200;
const FEW_AMONG = 1_000;

export async function searchList(tx: Tx, search: ConversationSearch): Promise<FoundConversations> {
  const found: FoundConversation[] = [];
  if (search.after?.by !== 'message') {
    const { places, onward } = await byContact(tx, search);
    found.push(...places.map((place): FoundConversation => ({ id: place.id, at: { by: 'contact', place } })));
    if (onward || found.length >= search.most) return { found, onward: onward && { by: 'contact', place: onward } };
  }
  const { hits, onward } = await byMessage(tx, { ...search, most: search.most - found.length });
  found.push(...hits.map(({ id, conversationId }): FoundConversation => ({ id: conversationId, at: { by: 'message', id } })));
  return { found, onward: onward === null ? null : { by: 'message', id: onward } };
}

/** Latest activity first. */
async function byContact(tx: Tx, { terms, criteria, after, most, reader }: ConversationSearch): Promise<Walked> {
  const asked = { criteria, order: 'LAST_ACTIVITY', after: after?.by === 'contact' ? after.place : null, most, reader, also: [contactMatches(terms)] } as const;
  const soon = await walk(tx, { ...asked, window: NEWEST });
  if (soon.places.length >= most || soon.onward === null) return soon;
  const contacts = await fewContacts(tx, terms);
  return contacts === null ? walk(tx, asked) : walk(tx, { ...asked, also: [], narrowed: await conversationsOf(tx, contacts) });
}

/** The newest message that holds the terms first; not those whose contact is meant, which came before. */
async function byMessage(tx: Tx, { terms, criteria, after, most, reader }: ConversationSearch): Promise<MessageHits> {
  const others = sql<boolean>`not ${contactMatches(terms)}`;
  const filters = [...conditionsOf(criteria, reader ?? ''), ...spanOf(criteria)];
  const below = after?.by === 'message' ? after.id : null;
  if (filters.length > 0) {
    const few = await walk(tx, { criteria, order: 'LAST_ACTIVITY', after: null, most: FEW + 1, reader, window: FEW_AMONG });
    if (few.onward === null && few.places.length <= FEW) return searchConversations(tx, { terms, below, most, conversation: [others] }, few.places.map(({ id }) => id));
  }
  return searchMessages(tx, { terms, below, most, once: true, conversation: [...filters, others] });
}

const spanOf = ({ from, to }: ConversationCriteria): Condition[] => [
  ...(from === null ? [] : [sql<boolean>`c.last_activity_at >= ${from}`]), ...(to === null ? [] : [sql<boolean>`c.last_activity_at < ${to}`]),
];
