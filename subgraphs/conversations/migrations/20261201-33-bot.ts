// A conversation has one person or one bot; what bots write; and which bot serves which inbox, as tenancy last said.
import { appRole, permissionPredicate, tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';

export const bot = sqlMigration('20261201-33-bot', [
  // Null: none. Of two words the one with the higher number holds.
  `create table ${S}.inbox_bot (
    tenant_id uuid not null,
    inbox_id uuid not null,
    bot_id uuid,
    revision integer not null,
    primary key (tenant_id, inbox_id)
  )`,
  ...tenantTable(S, 'inbox_bot', 'select, insert, update'),

  // With a bot it is PENDING, and no person's.
  `alter table ${S}.conversation add column bot_id uuid,
    add constraint conversation_bot_check check (bot_id is null or (status = 'PENDING' and assignee_id is null))`,
  `create index conversation_bot on ${S}.conversation (tenant_id, inbox_id, bot_id, id) where bot_id is not null`,

  `alter table ${S}.message drop constraint message_author_kind_check,
    add constraint message_author_kind_check check (author_kind in ('CONTACT', 'USER', 'CHANNEL', 'BOT'))`,
  `create table ${S}.bot_request (
    tenant_id uuid not null,
    bot_id uuid not null,
    idempotency_key text not null,
    request_hash text not null,
    message_id uuid not null,
    created_at timestamptz(3) not null,
    primary key (tenant_id, bot_id, idempotency_key),
    foreign key (tenant_id, message_id) references ${S}.message (tenant_id, id) deferrable initially deferred
  )`,
  `create index bot_request_message on ${S}.bot_request (tenant_id, message_id)`,
  ...tenantTable(S, 'bot_request', 'select, insert, delete'),
  // It goes with its message, when its time is over, and not otherwise.
  `create policy bot_request_retention on ${S}.bot_request as restrictive for delete to ${appRole(S)} using (${permissionPredicate('retention:purge')})`,
]);
