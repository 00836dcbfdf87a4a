// The workers delete the security events of a tenant too, once the tenant itself ends. The log stays beyond their reach.
import { SYSTEM_ROLE } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

export const erasure = sqlMigration('20261129-76-erasure', [
  `grant delete on compliance.security_event to ${SYSTEM_ROLE}`,
]);
