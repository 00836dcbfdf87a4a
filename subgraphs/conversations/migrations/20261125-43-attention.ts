// What staff are to be told of, until identity has told them.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';

export const attention = sqlMigration('20261125-43-attention', [
  `create table ${S}.attention_request (
    tenant_id uuid not null,
    dedupe_key text not null,
    payload jsonb not null,
    announced_at timestamptz(3) not null,
    primary key (tenant_id, dedupe_key)
  )`,
  `create index attention_request_waiting on ${S}.attention_request (announced_at)`,
  ...tenantTable(S, 'attention_request', 'select, insert, update, delete'),
]);
