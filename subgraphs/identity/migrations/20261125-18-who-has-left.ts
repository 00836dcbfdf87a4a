// Who has left a tenant is no concern of its administrators any more: not their second factor, nor when they used it.
import { membersPredicate } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const SEEN_BY = { members: 'membership', permission: 'user:manage' };

export const whoHasLeft = sqlMigration('20261125-18-who-has-left', ['mfa_factor', 'mfa_backup_code', 'mfa_use'].map((table) =>
  `alter policy ${table}_members on identity.${table} using (${membersPredicate('identity', table, SEEN_BY)})`));
