// Runs of backups are listed by what they do, how they ended and of whom they are: hourly ones of many tenants stand before the few of the installation.
import { sqlMigration } from '../../kernel/data/migrate.js';

export const backupRunLists = sqlMigration('20261202-66-backup-lists', [
  'create index backup_run_kind on compliance.backup_run (kind, id desc)',
  'create index backup_run_state on compliance.backup_run (state, id desc)',
  'create index backup_run_of_tenant on compliance.backup_run (tenant, id desc) where tenant is not null',
]);
