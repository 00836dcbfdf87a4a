// Any system of the tenant's own as a channel.
import { sqlMigration } from '../../kernel/data/migrate.js';

export const api = sqlMigration('20261130-13-api', [
  `alter table conversations.inbox drop constraint inbox_channel_check,
    add constraint inbox_channel_check check (channel in ('WHATSAPP', 'MESSENGER', 'INSTAGRAM', 'TWILIO_SMS', 'TWILIO_WHATSAPP', 'WEB_CHAT', 'API'))`,
]);
