// Batched reads of messages.
import type { Selectable } from 'kysely';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { Tx } from '../../kernel/data/database.js';
import { db, type ConversationTables } from '../tables.js';

/** A message without the provider's raw object, which no reader needs. */
export type MessageRow = Omit<Selectable<ConversationTables['Message']>, 'raw'>;

const COLUMNS = [
  'id', 'tenantId', 'conversationId', 'inboxId', 'seq', 'direction', 'type', 'text', 'status', 'authorKind', 'authorId', 'externalId', 'errorCode',
  'errorTitle', 'sentAt', 'createdAt',
] as const;

export const selectMessages = (tx: Tx) => db(tx).selectFrom('Message').select(COLUMNS);

export const messageById = defineLoader<OperationContext, string, MessageRow>({
  name: 'message.byId', keyOf: (key) => key,
  batch: async (context, ids) => new Map((await selectMessages(await context.read()).where('id', 'in', [...ids]).execute()).map((row) => [row.id, row])),
});
