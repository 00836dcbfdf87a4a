// Batched reads of conversations, contacts, inboxes and read marks.
import type { Selectable } from 'kysely';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { ChannelName } from '../channel/channel.port.js';
import { CONTACT_COLUMNS } from '../contact/contact.columns.js';
import { db, type ConversationTables } from '../tables.js';

export type ConversationRow = Selectable<ConversationTables['Conversation']>;
export type ContactRow = Omit<Selectable<ConversationTables['Contact']>, 'tenantId'>;
export type InboxRow = { id: string; name: string; channel: ChannelName };

const byId = <Row extends { id: string }>(rows: Row[]): Map<string, Row> => new Map(rows.map((row) => [row.id, row]));
const same = (key: string): string => key;

export const conversationById = defineLoader<OperationContext, string, ConversationRow>({
  name: 'conversation.byId', keyOf: same,
  batch: async (context, ids) => byId(await db(await context.read()).selectFrom('Conversation').selectAll().where('id', 'in', [...ids]).execute()),
});

export const contactById = defineLoader<OperationContext, string, ContactRow>({
  name: 'contact.byId', keyOf: same,
  batch: async (context, ids) => byId(await db(await context.read()).selectFrom('Contact').select(CONTACT_COLUMNS).where('id', 'in', [...ids]).execute()),
});

export const inboxById = defineLoader<OperationContext, string, InboxRow>({
  name: 'inbox.byId', keyOf: same,
  batch: async (context, ids) => byId(await db(await context.read()).selectFrom('Inbox').select(['id', 'name', 'channel']).where('id', 'in', [...ids]).execute()),
});

/** Inbound messages the acting person has read, by conversation. */
export const readCount = defineLoader<OperationContext, string, number>({
  name: 'conversation.readCount', keyOf: same,
  batch: async (context, ids) => {
    const rows = await db(await context.read()).selectFrom('ConversationRead').select(['conversationId', 'inboundCount'])
      .where('conversationId', 'in', [...ids]).where('userId', '=', context.userId).execute();
    return new Map(rows.map((row) => [row.conversationId, row.inboundCount]));
  },
});
