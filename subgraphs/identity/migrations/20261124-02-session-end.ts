// Sessions end for more reasons, and administrators see those of their organization.
import { TENANT_PREDICATE, personTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'identity';

export const sessionEnd = sqlMigration('20261124-02-session-end', [
  `alter table ${S}.session drop constraint session_revoked_reason_check`,
  `alter table ${S}.session add constraint session_revoked_reason_check check (revoked_reason in
    ('LOGOUT', 'REVOKED', 'REFRESH_REUSE', 'PASSWORD_CHANGED', 'EMAIL_CHANGED', 'MFA_CHANGED', 'SUSPENDED', 'DELETED'))`,
  `drop policy session_tenant on ${S}.session`,
  `create policy session_tenant on ${S}.session using (${TENANT_PREDICATE}) with check (${TENANT_PREDICATE})`,
  ...personTable(S, 'session', 'user:manage'),
]);
