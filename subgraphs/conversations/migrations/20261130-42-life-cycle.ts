// One open conversation of a contact in an inbox, and as many resolved ones as there were; and who works here.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';

export const lifeCycle = sqlMigration('20261130-42-life-cycle', [
  // What a message of somebody does whose conversation is resolved: it goes on in it, or begins a new one.
  `alter table ${S}.inbox add column reopen text not null default 'SAME' constraint inbox_reopen_check check (reopen in ('SAME', 'NEW'))`,
  `drop index ${S}.conversation_open`,
  `create unique index conversation_open on ${S}.conversation (tenant_id, inbox_id, contact_id) where status <> 'RESOLVED'`,
  `create index conversation_contact on ${S}.conversation (tenant_id, contact_id, inbox_id)`,

  `create table ${S}.colleague (
    tenant_id uuid not null,
    user_id uuid not null,
    status text not null check (status in ('ACTIVE', 'SUSPENDED', 'DELETED')),
    revision integer not null,
    primary key (tenant_id, user_id)
  )`,
  ...tenantTable(S, 'colleague', 'select, insert, update'),
]);
