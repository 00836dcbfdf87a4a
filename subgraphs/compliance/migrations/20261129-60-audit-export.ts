// Exports of the audit trail: what was asked for, how far it has come, and where its file is.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

export const auditExport = sqlMigration('20261129-60-audit-export', [
  // The platform's exports carry the id of its stream, as the log does.
  `create table compliance.audit_export (
    tenant_id uuid not null,
    id uuid not null,
    state text not null check (state in ('QUEUED', 'RUNNING', 'READY', 'FAILED', 'EXPIRED')),
    format text not null check (format in ('JSON_LINES', 'CSV')),
    filter jsonb not null,
    requested_by text not null,
    idempotency_key text not null,
    request_hash text not null,
    requested_at timestamptz(3) not null,
    sealed bigint not null check (sealed >= 0),
    attempts int not null default 0,
    due_at timestamptz(3),
    scanned bigint not null default 0,
    total bigint,
    row_count bigint not null default 0,
    file_key text,
    bytes bigint,
    sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
    url_secret bytea,
    expires_at timestamptz(3),
    failure text,
    primary key (tenant_id, id),
    unique (tenant_id, requested_by, idempotency_key),
    -- There is a file, and a way to it, exactly while it may be downloaded.
    check ((state = 'READY') = (file_key is not null)),
    check ((state = 'READY') = (url_secret is not null)),
    check ((state in ('READY', 'EXPIRED')) = (sha256 is not null and bytes is not null and expires_at is not null)),
    check ((state = 'FAILED') = (failure is not null)),
    -- Something is still to be done, if only to delete the file.
    check ((state in ('QUEUED', 'RUNNING', 'READY')) = (due_at is not null))
  )`,
  `create index audit_export_due on compliance.audit_export (due_at) where due_at is not null`,
  `create index audit_export_open on compliance.audit_export (tenant_id) where state in ('QUEUED', 'RUNNING')`,
  ...tenantTable('compliance', 'audit_export', 'select, insert, update'),
]);
