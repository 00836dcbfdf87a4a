// Exports of everything a tenant has: who asked, which parts are there, and where the archive is.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'tenancy';

export const tenantExport = sqlMigration('20261129-91-tenant-export', [
  `create table ${S}.tenant_export (
    tenant_id uuid not null,
    id uuid not null,
    state text not null check (state in ('COLLECTING', 'ASSEMBLING', 'READY', 'FAILED', 'EXPIRED')),
    requested_by text not null,
    idempotency_key text not null,
    requested_at timestamptz(3) not null,
    attempt integer not null default 1 check (attempt > 0),
    parts jsonb not null default '{}',
    failed_parts jsonb not null default '{}',
    attempts integer not null default 0,
    due_at timestamptz(3),
    assembled bigint not null default 0 check (assembled >= 0),
    row_count bigint not null default 0 check (row_count >= 0),
    file_key text,
    bytes bigint,
    sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
    expires_at timestamptz(3),
    failure text check (failure in ('STORAGE', 'TIMED_OUT', 'INTERNAL')),
    primary key (tenant_id, id),
    unique (tenant_id, requested_by, idempotency_key),
    -- There is an archive exactly while it may be downloaded.
    check ((state = 'READY') = (file_key is not null)),
    check ((state in ('READY', 'EXPIRED')) = (sha256 is not null and bytes is not null and expires_at is not null)),
    check ((state = 'FAILED') = (failure is not null)),
    -- Something is still to be done, if only to delete files.
    check (state in ('FAILED', 'EXPIRED') or due_at is not null)
  )`,
  // Whatever the code above does: one at a time.
  `create unique index tenant_export_open on ${S}.tenant_export (tenant_id) where state in ('COLLECTING', 'ASSEMBLING')`,
  `create index tenant_export_due on ${S}.tenant_export (due_at) where due_at is not null`,
  ...tenantTable(S, 'tenant_export', 'select, insert, update'),
]);
