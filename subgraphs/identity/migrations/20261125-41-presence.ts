// Whether people are there, as they last said.
import { USER_PREDICATE, appRole, tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'identity';

export const presence = sqlMigration('20261125-41-presence', [
  `create table ${S}.presence (
    tenant_id uuid not null,
    user_id uuid not null,
    status text not null check (status in ('ONLINE', 'AWAY', 'BUSY', 'OFFLINE')),
    note text check (length(note) between 1 and 100),
    since timestamptz(3) not null,
    heartbeat_at timestamptz(3) not null,
    primary key (tenant_id, user_id),
    foreign key (tenant_id, user_id) references ${S}.membership (tenant_id, user_id) on delete cascade
  ) with (fillfactor = 80)`,
  ...tenantTable(S, 'presence', 'select, insert, update'),
  // Colleagues see it; nobody says it for another.
  `create policy presence_own_insert on ${S}.presence as restrictive for insert to ${appRole(S)} with check (${USER_PREDICATE})`,
  `create policy presence_own_update on ${S}.presence as restrictive for update to ${appRole(S)} using (${USER_PREDICATE}) with check (${USER_PREDICATE})`,
]);
