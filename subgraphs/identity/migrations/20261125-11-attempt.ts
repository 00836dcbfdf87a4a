// Counters of attempts: lockout and throttles.
import { platformTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'identity';

export const attempt = sqlMigration('20261125-11-attempt', [
  // Of all tenants and of none: an address is counted whether or not it has an account. Rows change with every attempt.
  `create table ${S}.attempt (
    key text primary key check (key ~ '^[0-9a-f]{64}$'),
    subject text not null check (subject ~ '^[0-9a-f]{64}$'),
    taken timestamptz(3)[] not null,
    expires_at timestamptz(3) not null
  ) with (fillfactor = 70)`,
  `create index attempt_subject on ${S}.attempt (subject)`,
  `create index attempt_age on ${S}.attempt (expires_at)`,
  ...platformTable(S, 'attempt', 'select, insert, update, delete'),
]);
