// A bot of a tenant, and the inboxes it serves.
import { defineEntity, p } from '@mikro-orm/postgresql';

export const Bot = defineEntity({
  name: 'Bot', tableName: 'bot', schema: 'tenancy',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    name: p.text(),
    description: p.text(),
    enabled: p.boolean(),
    createdAt: p.datetime(3),
  },
});

export const BotInbox = defineEntity({
  name: 'BotInbox', tableName: 'bot_inbox', schema: 'tenancy',
  properties: {
    /** An inbox has one bot at most. */
    inboxId: p.uuid().primary(),
    tenantId: p.uuid(),
    botId: p.uuid(),
  },
});
