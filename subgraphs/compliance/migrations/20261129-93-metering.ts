// Limits of tenants in compliance: what they store, and the files that are there already.
import { meterTables, storedFileTables, tallyFiles, tallyRows } from '../../kernel/data/meter-tables.js';
import { quotaTables, recountedQuotas } from '../../kernel/data/quota-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';
import { PLATFORM_STREAM } from '../log/stream.js';

const S = 'compliance';
/** The platform pays for nothing. */
const OF_A_TENANT = `tenant_id <> '${PLATFORM_STREAM}'`;

export const metering = sqlMigration('20261129-93-metering', [
  ...quotaTables(S),
  ...recountedQuotas(S),
  ...meterTables(S),
  ...storedFileTables(S),
  `alter table ${S}.audit_export no force row level security`,
  `alter table ${S}.stored_file no force row level security`,
  `insert into ${S}.stored_file (tenant_id, key, bytes, stored_at) select tenant_id, file_key, bytes, requested_at from ${S}.audit_export where state = 'READY' and ${OF_A_TENANT}`,
  `alter table ${S}.audit_export force row level security`,
  `alter table ${S}.stored_file force row level security`,
  ...tallyFiles(S),
  ...tallyRows(S, { table: 'audit_export', name: `'JOBS'`, at: 'requested_at', where: OF_A_TENANT }),
  ...tallyRows(S, { table: 'audit_verification', name: `'JOBS'`, at: 'requested_at', where: OF_A_TENANT }),
]);
