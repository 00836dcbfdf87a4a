// Data keys that can be rotated, and counters of attempts under keyed hashes.
import { keyRotationTables } from '../../kernel/data/key-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

export const keyRotation = sqlMigration('20261129-76-key-rotation', [
  ...keyRotationTables('identity'),
  // What was counted so far is under hashes that anybody can try addresses against, and is not found any more.
  'delete from identity.attempt',
]);
