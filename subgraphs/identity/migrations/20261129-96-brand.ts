// What a tenant with white label is called in what people outside see, as tenancy says it.
import { sqlMigration } from '../../kernel/data/migrate.js';

export const brand = sqlMigration('20261129-96-brand', [
  `alter table identity.organization add column brand jsonb check (jsonb_typeof(brand) = 'object' and pg_column_size(brand) < 4096)`,
]);
