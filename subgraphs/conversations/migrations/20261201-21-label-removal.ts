// A label that is deleted is gone at once, its name with it, and is taken off what bears it afterwards.
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';

export const labelRemoval = sqlMigration('20261201-21-label-removal', [
  `alter table ${S}.label add column deleted_at timestamptz(3), drop constraint label_tenant_id_name_key`,
  `create unique index label_name on ${S}.label (tenant_id, name) where deleted_at is null`,
  // What is still borne, for the sweeper.
  `create index label_deleted on ${S}.label (deleted_at) where deleted_at is not null`,
]);
