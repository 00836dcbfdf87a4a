// Batched reads of messages.
import type { Selectable } from 'kysely';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { Tx } from '../../kernel/data/database.js';
import { db, type ConversationTables } from '../tables.js';

/** A message without the provider's raw object, which no reader needs. */
export type MessageRow = Omit<Selectable<ConversationTables['Message']>, 'raw'>;

const COLUMNS = [
  'id', 'tenantId', 'conversationId', 'inboxId', 'seq', 'direction', 'type', 'text', 'content', 'replyTo', 'forwarded', 'referral',
  'editedAt', 'deletedAt', 'status', 'authorKind', 'authorId', 'externalId', 'errorCode',
  'errorTitle', 'sentAt', 'createdAt',
] as const;

export const selectMessages = (tx: Tx) => db(tx).selectFrom('Message').select(COLUMNS);

export const messageById = defineLoader<OperationContext, string, MessageRow>({
  name: 'message.byId', keyOf: (key) => key,
  batch: async (context, ids) => new Map((await selectMessages(await context.read()).where('id', 'in', [...ids]).execute()).map((row) => [row.id, row])),
});

/** The message that another answers, by the inbox and the provider's id. */
export const messageByExternalId = defineLoader<OperationContext, { inboxId: string; externalId: string }, MessageRow>({
  name: 'message.byExternalId', keyOf: ({ inboxId, externalId }) => `${inboxId}/${externalId}`,
  batch: async (context, keys) => {
    const rows = await selectMessages(await context.read()).where('inboxId', 'in', [...new Set(keys.map(({ inboxId }) => inboxId))])
      .where('externalId', 'in', keys.map(({ externalId }) => externalId)).execute();
    return new Map(rows.map((row) => [`${row.inboxId}/${row.externalId ?? ''}`, row]));
  },
});

export interface ReactionRow {
  emoji: string;
  fromCustomer: boolean;
  reactedAt: Date;
}

/** Reactions that stand, by the message they are on. */
export const reactionsOn = defineLoader<OperationContext, string, ReactionRow[]>({
  name: 'message.reactions', keyOf: (key) => key,
  batch: async (context, ids) => {
    const rows = await db(await context.read()).selectFrom('MessageAmendment').innerJoin('Message', (join) =>
      join.onRef('Message.inboxId', '=', 'MessageAmendment.inboxId').onRef('Message.externalId', '=', 'MessageAmendment.externalId'))
      .select(['Message.id as id', 'MessageAmendment.emoji as emoji', 'MessageAmendment.side as side', 'MessageAmendment.occurredAt as reactedAt'])
      .where('Message.id', 'in', [...ids]).where('MessageAmendment.kind', '=', 'REACTION').where('MessageAmendment.emoji', 'is not', null)
      .orderBy('MessageAmendment.occurredAt').execute();
    const found = new Map<string, ReactionRow[]>();
    for (const { id, emoji, side, reactedAt } of rows) found.set(id, [...(found.get(id) ?? []), { emoji: emoji ?? '', fromCustomer: side === 'CONTACT', reactedAt }]);
    return found;
  },
});
