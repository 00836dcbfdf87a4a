// What a tenant wants to know of a conversation besides what the product knows: as of a contact.
import { sqlMigration } from '../../kernel/data/migrate.js';

export const conversationAttributes = sqlMigration('20261201-23-conversation-attributes', [
  `alter table conversations.conversation add column attributes jsonb not null default '{}'
    constraint conversation_attributes_check check (jsonb_typeof(attributes) = 'object' and octet_length(attributes::text) <= 65536)`,
]);
