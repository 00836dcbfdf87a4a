// More channels than WhatsApp.
import { sqlMigration } from '../../kernel/data/migrate.js';

export const channels = sqlMigration('20261129-98-channels', [
  `alter table conversations.inbox drop constraint inbox_channel_check,
    add constraint inbox_channel_check check (channel in ('WHATSAPP', 'MESSENGER', 'INSTAGRAM'))`,
  // What an echo may be of: nobody knows what became of it.
  `create index outbound_unclear on conversations.outbound (tenant_id, conversation_id, seq) where state in ('ATTEMPTED', 'UNCONFIRMED')`,
]);
