// The conversations of contacts: a page of each, for any number of contacts in two statements.
import { sql } from 'kysely';
import { isUuid } from '../../kernel/base/ids.js';
import { decodeCursor, encodeCursor, pageOf, type Page } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import { conversationById, type ConversationRow } from '../conversation/conversation.loaders.js';

export interface ContactPageKey {
  contactId: string;
  size: number;
  after: string | null;
}

/** @throws BAD_USER_INPUT when `after` is not a cursor of such a list */
export const checkConversationCursor = (after: string | null): string | null => {
  const id = decodeCursor(after, [(value) => typeof value === 'string' && isUuid(value)])?.[0];
  return id === undefined ? null : String(id);
};

const keyOf = ({ contactId, size, after }: ContactPageKey): string => `${contactId}/${size}/${after ?? ''}`;

export const conversationsOfContact = defineLoader<OperationContext, ContactPageKey, Page<ConversationRow>>({
  name: 'contact.conversations', keyOf,
  batch: async (context, keys) => {
    const pages = new Map<string, Page<ConversationRow>>();
    for (const group of Map.groupBy(keys, ({ size, after }) => `${size}/${after ?? ''}`).values()) {
      const found = await lastOf(context, group);
      const rows = await Promise.all(found.map(({ id }) => context.load(conversationById, id)));
      const byContact = Map.groupBy(rows.filter((row) => row !== null), ({ contactId }) => contactId);
      for (const key of group) pages.set(keyOf(key), pageOf(byContact.get(key.contactId) ?? [], key.size, key.after, ({ id }) => encodeCursor([id])));
    }
    return pages;
  },
});

/** The last `size + 1` of each contact; all keys share `size` and `after`. */
async function lastOf(context: OperationContext, keys: readonly ContactPageKey[]): Promise<{ id: string }[]> {
  const [shared] = keys;
  if (!shared) return [];
  const after = checkConversationCursor(shared.after);
  const { rows } = await sql<{ id: string }>`select last.id from unnest(${keys.map(({ contactId }) => contactId)}::uuid[]) of(id)
    cross join lateral (select c.id from conversations.conversation c where c.contact_id = of.id ${after === null ? sql`` : sql`and c.id < ${after}::uuid`} order by c.id desc limit ${shared.size + 1}) last`.execute((await context.read()).getKysely());
  return rows;
}
