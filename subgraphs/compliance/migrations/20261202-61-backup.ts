// Backups as they are asked for, taken and verified, and how far the log is kept: of the platform, so that no tenant's id is in these tables.
import { platformTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

export const backupRuns = sqlMigration('20261202-61-backup', [
  `create table compliance.backup_run (
    id uuid primary key,
    kind text not null check (kind in ('CREATE', 'VERIFY')),
    state text not null check (state in ('RUNNING', 'DONE', 'FAILED')),
    -- The day it is of; null: somebody asked for it.
    slot text,
    label text not null,
    backup_id uuid,
    wanted text check (wanted in ('L0', 'L1', 'L2', 'L3')),
    requested_at timestamptz(3) not null,
    started_at timestamptz(3),
    due_at timestamptz(3),
    finished_at timestamptz(3),
    phase text,
    progress real not null default 0 check (progress between 0 and 1),
    content bigint,
    stored bigint,
    manifest_hash text,
    level text check (level in ('L0', 'L1', 'L2', 'L3')),
    latest timestamptz(3),
    findings jsonb not null default '[]',
    failure text,
    check ((state = 'RUNNING') = (due_at is not null)),
    check ((state = 'RUNNING') = (finished_at is null)),
    check ((kind = 'VERIFY') = (wanted is not null))
  )`,
  // One of each kind at a time, and one of each day that has not failed, whoever begins it.
  `create unique index backup_run_running on compliance.backup_run (kind) where state = 'RUNNING'`,
  `create unique index backup_run_slot on compliance.backup_run (kind, slot) where slot is not null and state <> 'FAILED'`,
  ...platformTable('compliance', 'backup_run', 'select, insert, update'),
  `create table compliance.backup_log (
    id boolean primary key default true check (id),
    kept_until timestamptz(3),
    noted_at timestamptz(3) not null,
    failing text,
    alarm text,
    alarm_at timestamptz(3),
    check ((alarm is null) = (alarm_at is null))
  )`,
  ...platformTable('compliance', 'backup_log', 'select'),
]);
