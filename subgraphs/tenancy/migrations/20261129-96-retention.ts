// When each tenant's old data is next to be deleted. Of a tenant that does not work nothing is due: the index has those that do.
import { sqlMigration } from '../../kernel/data/migrate.js';

export const retention = sqlMigration('20261129-96-retention', [
  `alter table tenancy.tenant add column retention_due_at timestamptz(3) not null default now() + interval '1 day'`,
  `create index tenant_retention_due on tenancy.tenant (retention_due_at) where state = 'ACTIVE'`,
]);
