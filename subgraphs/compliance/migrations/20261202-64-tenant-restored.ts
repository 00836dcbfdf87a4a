// Restores of one tenant: a row in the transaction that restores its rows, so that one which was killed goes on where it was.
import { sqlMigration } from '../../kernel/data/migrate.js';
import { restoredTable } from '../../kernel/data/snapshot-rules.js';

export const tenantRestored = sqlMigration('20261202-64-tenant-restored', restoredTable('compliance'));
