// What retention deletes of staff, and nobody else may.
import { appRole, permissionPredicate } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'identity';

export const retention = sqlMigration('20261129-96-retention', ['session', 'notification'].flatMap((table) => [
  `grant delete on ${S}.${table} to ${appRole(S)}`,
  `create policy ${table}_retention on ${S}.${table} as restrictive for delete to ${appRole(S)} using (${permissionPredicate('retention:purge')})`,
]));
