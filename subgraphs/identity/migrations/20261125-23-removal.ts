// Removals that are announced until the open work of the person is released.
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'identity';

export const removal = sqlMigration('20261125-23-removal', [
  // When the removal was last announced; null once conversations has released what was theirs.
  `alter table ${S}.membership add column removal_announced_at timestamptz(3)`,
  `create index membership_removing on ${S}.membership (removal_announced_at) where removal_announced_at is not null`,
]);
