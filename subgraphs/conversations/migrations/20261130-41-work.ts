// What staff say of a conversation: how urgent it is, until when it sleeps, when it was answered and resolved, and its labels.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';

export const work = sqlMigration('20261130-41-work', [
  `alter table ${S}.conversation
    add column priority text constraint conversation_priority_check check (priority in ('LOW', 'MEDIUM', 'HIGH', 'URGENT')),
    add column snoozed_until timestamptz(3) constraint conversation_snoozed_check check (snoozed_until is null or status = 'SNOOZED'),
    add column first_reply_at timestamptz(3),
    add column resolved_at timestamptz(3) constraint conversation_resolved_check check (resolved_at is null or status = 'RESOLVED')`,
  // Whom the sweeper wakes.
  `create index conversation_waking on ${S}.conversation (snoozed_until) where snoozed_until is not null`,

  `create table ${S}.label (
    tenant_id uuid not null,
    id uuid not null,
    name text not null check (name = lower(name) and char_length(name) between 1 and 50),
    color text not null check (color ~ '^#[0-9a-f]{6}$'),
    description text check (char_length(description) between 1 and 200),
    created_at timestamptz(3) not null,
    primary key (tenant_id, id),
    unique (tenant_id, name)
  )`,
  ...tenantTable(S, 'label', 'select, insert, update, delete'),

  `create table ${S}.conversation_label (
    tenant_id uuid not null,
    conversation_id uuid not null,
    label_id uuid not null,
    added_at timestamptz(3) not null,
    primary key (tenant_id, conversation_id, label_id),
    foreign key (tenant_id, conversation_id) references ${S}.conversation (tenant_id, id),
    foreign key (tenant_id, label_id) references ${S}.label (tenant_id, id)
  )`,
  // What bears a label; a label that goes finds its conversations.
  `create index conversation_label_label on ${S}.conversation_label (tenant_id, label_id, conversation_id)`,
  ...tenantTable(S, 'conversation_label', 'select, insert, delete'),
]);
