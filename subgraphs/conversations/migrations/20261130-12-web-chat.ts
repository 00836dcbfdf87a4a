// The chat in a tenant's own pages.
import { sqlMigration } from '../../kernel/data/migrate.js';

export const webChat = sqlMigration('20261130-12-web-chat', [
  `alter table conversations.inbox drop constraint inbox_channel_check,
    add constraint inbox_channel_check check (channel in ('WHATSAPP', 'MESSENGER', 'INSTAGRAM', 'TWILIO_SMS', 'TWILIO_WHATSAPP', 'WEB_CHAT'))`,
]);
