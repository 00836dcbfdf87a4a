// Others are told who is there: at once when that changes, and now and then while it holds.
import { sqlMigration } from '../../kernel/data/migrate.js';

export const presenceAnnounced = sqlMigration('20261201-31-presence-announced', [
  // Whoever is there now is told of by their next word.
  `alter table identity.presence add column announced_at timestamptz(3) not null default '1970-01-01Z'`,
]);
