// The templates of an inbox: what may be sent when the window is closed.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';

export const templates = sqlMigration('20261130-04-template', [
  `create table ${S}.message_template (
    tenant_id uuid not null,
    inbox_id uuid not null,
    name text not null,
    language text not null,
    external_id text not null,
    category text not null,
    status text not null,
    form jsonb not null,
    synced_at timestamptz(3) not null,
    primary key (tenant_id, inbox_id, name, language),
    foreign key (tenant_id, inbox_id) references ${S}.inbox (tenant_id, id)
  )`,
  // What its provider does not show any more goes at the next fetch.
  ...tenantTable(S, 'message_template', 'select, insert, update, delete'),
]);
