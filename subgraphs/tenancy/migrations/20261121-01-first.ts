// The first tables of tenancy.
import { kernelTables, tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'tenancy';

export const first = sqlMigration('20261121-01-first', [
  ...kernelTables(S),

  // A tenant's id is its tenant_id: its own row is the only one a tenant sees.
  `create table ${S}.tenant (
    tenant_id uuid primary key,
    name text not null check (length(name) between 1 and 200),
    tier text not null check (tier in ('FREE', 'STANDARD', 'PROFESSIONAL', 'ENTERPRISE')),
    locale text not null,
    time_zone text not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    created_at timestamptz(3) not null
  )`,
  ...tenantTable(S, 'tenant', 'select, insert'),
]);
