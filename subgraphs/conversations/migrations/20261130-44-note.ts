// Notes of staff on a conversation, which no customer ever sees, and whom they name.
import { appRole, permissionPredicate, tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';

export const note = sqlMigration('20261130-44-note', [
  `create table ${S}.note (
    tenant_id uuid not null,
    id uuid not null,
    conversation_id uuid not null,
    author_id uuid not null,
    text text,
    idempotency_key text not null,
    request_hash text not null,
    created_at timestamptz(3) not null,
    edited_at timestamptz(3),
    deleted_at timestamptz(3),
    primary key (tenant_id, id),
    unique (tenant_id, author_id, idempotency_key),
    foreign key (tenant_id, conversation_id) references ${S}.conversation (tenant_id, id),
    constraint note_deleted_check check ((deleted_at is null) = (text is not null))
  )`,
  `create index note_conversation on ${S}.note (tenant_id, conversation_id, id)`,
  ...tenantTable(S, 'note', 'select, insert, update, delete'),

  // It goes with its conversation's messages, when their time is over, and not otherwise: a request takes away what it says.
  `create policy note_retention on ${S}.note as restrictive for delete to ${appRole(S)} using (${permissionPredicate('retention:purge')})`,

  `create table ${S}.note_mention (
    tenant_id uuid not null,
    note_id uuid not null,
    user_id uuid not null,
    primary key (tenant_id, note_id, user_id),
    foreign key (tenant_id, note_id) references ${S}.note (tenant_id, id)
  )`,
  ...tenantTable(S, 'note_mention', 'select, insert, delete'),
]);
