// Several pictures of a product, and lists of payments by how far they are.
import { sqlMigration } from '../../kernel/data/migrate.js';

export const images = sqlMigration('20261202-15-catalogue-images', [
  `alter table commerce.product add column images jsonb not null default '[]'`,
  `create index payment_state on commerce.payment (tenant_id, state, id)`,
]);
