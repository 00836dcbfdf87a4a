// Of two reports of the same state, the earlier moment holds, whichever of them was told first.
import { appRole } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';

export const earliestReport = sqlMigration('20261201-12-earliest-report', [
  `grant update on ${S}.delivery_status to ${appRole(S)}`,
]);
