// Backups of one tenant among the runs: one at a time of each tenant, and one of each hour, day or week that its tier has.
import { sqlMigration } from '../../kernel/data/migrate.js';

const WHOSE = `kind, coalesce(tenant, '00000000-0000-0000-0000-000000000000')`;

export const tenantBackups = sqlMigration('20261202-65-tenant-backup', [
  `alter table compliance.backup_run
    drop constraint backup_run_kind_check,
    add constraint backup_run_kind_check check (kind in ('CREATE', 'VERIFY', 'TENANT')),
    add column tenant uuid,
    add constraint backup_run_tenant_check check ((kind = 'TENANT') = (tenant is not null))`,
  'drop index compliance.backup_run_running',
  'drop index compliance.backup_run_slot',
  `create unique index backup_run_running on compliance.backup_run (${WHOSE}) where state = 'RUNNING'`,
  `create unique index backup_run_slot on compliance.backup_run (${WHOSE}, slot) where slot is not null and state <> 'FAILED'`,
  `create index backup_run_tenant on compliance.backup_run (tenant, slot) where tenant is not null`,
]);
