// Batched reads of bots and of what they serve.
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { db } from '../tables.js';

export interface BotRow {
  id: string;
  name: string;
  description: string;
  enabled: boolean;
  createdAt: Date;
}

export const botById = defineLoader<OperationContext, string, BotRow>({
  name: 'bot by id',
  keyOf: (id) => id,
  batch: async (context, ids) => {
    const found = await db(await context.read()).selectFrom('Bot').select(['id', 'name', 'description', 'enabled', 'createdAt']).where('id', 'in', [...ids]).execute();
    return new Map(found.map((row) => [row.id, row]));
  },
});

export const inboxesOfBot = defineLoader<OperationContext, string, { id: string }[]>({
  name: 'inboxes of bot',
  keyOf: (id) => id,
  batch: async (context, ids) => {
    const found = await db(await context.read()).selectFrom('BotInbox').select(['botId', 'inboxId as id']).where('botId', 'in', [...ids]).orderBy('inboxId').execute();
    return Map.groupBy(found, ({ botId }) => botId);
  },
});
