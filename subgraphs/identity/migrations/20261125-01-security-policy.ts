// What a tenant demands of its people's sign-ins; the limits of a session follow from it and are no longer stored with it.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'identity';

export const securityPolicyTable = sqlMigration('20261125-01-security-policy', [
  `create table ${S}.security_policy (
    tenant_id uuid primary key,
    mfa_required boolean not null,
    session_idle_minutes integer not null check (session_idle_minutes between 5 and 43200),
    session_absolute_minutes integer not null check (session_absolute_minutes between session_idle_minutes and 129600),
    updated_at timestamptz(3) not null
  )`,
  ...tenantTable(S, 'security_policy', 'select, insert, update'),
  // Stored limits would be those of the day of the sign-in; a policy holds for the sessions that live already.
  `alter table ${S}.session drop column expires_at, drop column absolute_expires_at`,
]);
