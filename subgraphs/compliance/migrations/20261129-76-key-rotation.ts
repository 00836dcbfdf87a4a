// Data keys that can be rotated.
import { SYSTEM_ROLE } from '../../kernel/data/kernel-tables.js';
import { keyRotationTables } from '../../kernel/data/key-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

export const keyRotation = sqlMigration('20261129-76-key-rotation', [
  ...keyRotationTables('compliance'),
  // What seals it changes; the key itself does not.
  `grant update (private_key) on compliance.log_key to ${SYSTEM_ROLE}`,
]);
