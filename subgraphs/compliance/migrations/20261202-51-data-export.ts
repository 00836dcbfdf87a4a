// Exports of lists of the graph: what was asked for and by whom, how far it has come, the parts it was read in, and where its file is.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

export const dataExport = sqlMigration('20261202-51-data-export', [
  `create table compliance.data_export (
    tenant_id uuid not null,
    id uuid not null,
    state text not null check (state in ('QUEUED', 'RUNNING', 'READY', 'FAILED', 'CANCELLED', 'EXPIRED')),
    format text not null check (format in ('CSV', 'JSON_LINES', 'XLSX', 'PDF')),
    title text not null check (length(title) between 1 and 200),
    plan jsonb not null,
    columns jsonb not null,
    time_zone text not null,
    language text not null,
    requester_kind text not null check (requester_kind in ('user', 'api_key')),
    requester_id uuid not null,
    requester_ip text,
    requester_agent text,
    idempotency_key text not null,
    request_hash text not null,
    requested_at timestamptz(3) not null,
    attempts int not null default 0,
    stalled int not null default 0,
    due_at timestamptz(3),
    position text,
    read_all boolean not null default false,
    row_count bigint not null default 0,
    written bigint not null default 0 check (written <= row_count),
    file_key text,
    bytes bigint,
    sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
    manifest text,
    expires_at timestamptz(3),
    failure text check (failure in ('RIGHTS_REVOKED', 'OPERATION_REFUSED', 'TOO_MANY_ROWS', 'UNAVAILABLE', 'INTERNAL')),
    primary key (tenant_id, id),
    unique (tenant_id, requester_kind, requester_id, idempotency_key),
    -- There is a file exactly while it may be downloaded, and of every row that was read.
    check ((state = 'READY') = (file_key is not null)),
    check ((state in ('READY', 'EXPIRED')) = (sha256 is not null and bytes is not null and manifest is not null and expires_at is not null)),
    check (state not in ('READY', 'EXPIRED') or (read_all and written = row_count)),
    check ((state = 'FAILED') = (failure is not null)),
    -- Something is still to be done, if only to delete its files.
    check (state not in ('QUEUED', 'RUNNING', 'READY') or due_at is not null),
    check (state <> 'EXPIRED' or due_at is null)
  )`,
  `create index data_export_due on compliance.data_export (due_at) where due_at is not null`,
  // Who may ask for another one within the hour, and the list of one's own.
  `create index data_export_requester on compliance.data_export (tenant_id, requester_kind, requester_id, requested_at)`,
  ...tenantTable('compliance', 'data_export', 'select, insert, update'),
  `create table compliance.data_export_part (
    tenant_id uuid not null,
    export_id uuid not null,
    number int not null check (number >= 0),
    file_key text not null,
    row_count int not null check (row_count > 0),
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    primary key (tenant_id, export_id, number),
    foreign key (tenant_id, export_id) references compliance.data_export (tenant_id, id) on delete cascade
  )`,
  ...tenantTable('compliance', 'data_export_part', 'select, insert, delete'),
]);
