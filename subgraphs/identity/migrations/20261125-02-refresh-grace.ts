// An honest repetition of a refresh gets the same successor: for a few seconds it is kept, sealed, and bound to the client.
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'identity';

export const refreshGrace = sqlMigration('20261125-02-refresh-grace', [
  `alter table ${S}.session add column refreshed_at timestamptz(3), add column refresh_sealed bytea`,
  `alter table ${S}.spent_refresh add column client text`,
  // Those that are still sealed are few: whoever wipes them finds them here.
  `create index session_sealed on ${S}.session (refreshed_at) where refresh_sealed is not null`,
  // The newest sessions of a person first, page by page.
  `drop index ${S}.session_person`,
  `create index session_person on ${S}.session (tenant_id, user_id, id)`,
]);
