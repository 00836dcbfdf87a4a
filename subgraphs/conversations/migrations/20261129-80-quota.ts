// How many conversations a tenant may have a month, and which are counted.
import { quotaTables } from '../../kernel/data/quota-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';

export const quota = sqlMigration('20261129-80-quota', [
  ...quotaTables(S),
  // The end of the month it was last counted in, and whether that was beyond what the plan allows.
  `alter table ${S}.conversation add column counted_until timestamptz(3), add column over_quota boolean not null default false`,
]);
