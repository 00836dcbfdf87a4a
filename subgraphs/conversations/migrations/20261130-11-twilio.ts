// Twilio's channels; and what a delivery says besides its body.
import { sqlMigration } from '../../kernel/data/migrate.js';

export const twilio = sqlMigration('20261130-11-twilio', [
  `alter table conversations.inbox drop constraint inbox_channel_check,
    add constraint inbox_channel_check check (channel in ('WHATSAPP', 'MESSENGER', 'INSTAGRAM', 'TWILIO_SMS', 'TWILIO_WHATSAPP'))`,
  `alter table conversations.webhook_delivery add column notes jsonb not null default '{}'`,
]);
