// Data keys that can be rotated.
import { keyRotationTables } from '../../kernel/data/key-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

export const keyRotation = sqlMigration('20261129-76-key-rotation', keyRotationTables('commerce'));
