// What is left of a tenant: that it was erased, when, and what each subgraph answered. It holds ids and numbers alone.
import { platformTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'tenancy';

export const tenantErasure = sqlMigration('20261129-75-tenant-erasure', [
  `create table ${S}.tenant_erasure (
    id uuid primary key,
    started_at timestamptz(3) not null,
    announced_at timestamptz(3) not null,
    finished_at timestamptz(3),
    receipts jsonb not null default '{}'
  )`,
  `create index tenant_erasure_open on ${S}.tenant_erasure (announced_at) where finished_at is null`,
  ...platformTable(S, 'tenant_erasure', 'select, insert, update'),
]);
