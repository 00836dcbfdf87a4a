// Of several names by which an inbox knows somebody, the one they last wrote from is written to.
import { sqlMigration } from '../../kernel/data/migrate.js';

export const lastWrote = sqlMigration('20261130-62-last-wrote', [
  'alter table conversations.contact_identity add column last_wrote_at timestamptz(3)',
]);
