// The log of access changes, read by gateways.
import { platformTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'identity';

export const accessChange = sqlMigration('20261124-01-access-change', [
  // Ids alone, of all tenants: the gateways' answers are of all tenants too. `txid` makes reading safe against late commits:
  // a reader goes on from the oldest transaction that was still open when it read, so it may see a row twice but misses none.
  `create table ${S}.access_change (
    id bigint generated always as identity primary key,
    txid xid8 not null default pg_current_xact_id(),
    home uuid not null,
    user_id uuid,
    session_id uuid,
    api_key_id uuid,
    changed_at timestamptz(3) not null
  )`,
  `create index access_change_txid on ${S}.access_change (txid)`,
  `create index access_change_age on ${S}.access_change (changed_at)`,
  ...platformTable(S, 'access_change', 'select, insert, delete'),
]);
