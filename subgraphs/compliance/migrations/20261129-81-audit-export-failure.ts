// Why an export failed is a code and no text, since the trail repeats it.
import { sqlMigration } from '../../kernel/data/migrate.js';

export const auditExportFailure = sqlMigration('20261129-81-audit-export-failure', [
  `alter table compliance.audit_export add check (failure in ('NO_CHECKPOINT', 'INTERNAL'))`,
]);
