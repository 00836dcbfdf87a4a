// A signing key is published before it signs, and retired after the last token it signed has ended.
import { appRole } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'identity';

export const signingKeyLife = sqlMigration('20261125-03-signing-key-life', [
  `alter table ${S}.signing_key add column activates_at timestamptz(3), add column retired_at timestamptz(3)`,
  `update ${S}.signing_key set activates_at = created_at`,
  `alter table ${S}.signing_key alter column activates_at set not null`,
  `grant update (retired_at) on ${S}.signing_key to ${appRole(S)}`,
]);
