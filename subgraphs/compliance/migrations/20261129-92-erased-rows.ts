// What an erasure has deleted so far, so that its receipt tells of all of its runs.
import { erasedRowsTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

export const erasedRows = sqlMigration('20261129-92-erased-rows', erasedRowsTable('compliance'));
