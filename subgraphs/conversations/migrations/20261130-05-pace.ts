// How fast an inbox may send, and to whom: shared by all workers.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';

export const pace = sqlMigration('20261130-05-pace', [
  // One row for the inbox itself, whose key is empty, and one for each person it lately wrote to. What lies in the past says nothing.
  `create table ${S}.pace (
    tenant_id uuid not null,
    inbox_id uuid not null,
    key text not null,
    free_at timestamptz not null,
    primary key (tenant_id, inbox_id, key),
    foreign key (tenant_id, inbox_id) references ${S}.inbox (tenant_id, id)
  ) with (fillfactor = 70)`,
  ...tenantTable(S, 'pace', 'select, insert, update'),
  // The turn that a message which had to wait was given.
  `alter table ${S}.outbound add column turn_at timestamptz(3)`,
]);
