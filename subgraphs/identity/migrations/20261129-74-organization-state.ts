// Where a tenant stands in its life, as tenancy says: sign-ins, sessions and keys are judged by it.
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'identity';

export const organizationState = sqlMigration('20261129-74-organization-state', [
  `alter table ${S}.organization
    add column state text not null default 'ACTIVE' check (state in ('ACTIVE', 'SUSPENDED', 'DELETING')),
    add column state_version integer not null default 0`,
]);
