// The state of each membership has a number, and is announced until whoever keeps a list of colleagues has noted it.
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'identity';

export const memberState = sqlMigration('20261130-41-member-state', [
  // When it was last announced; null once it is noted. Those who are here already are announced too.
  `alter table ${S}.membership add column state_revision integer not null default 1, add column state_announced_at timestamptz(3) default 'epoch'`,
  `create index membership_stating on ${S}.membership (state_announced_at) where state_announced_at is not null`,
  // Whoever changes a membership need not remember it.
  `create function ${S}.state_membership() returns trigger language plpgsql set search_path = ${S}, pg_temp as $$ begin
    new.state_revision := old.state_revision + 1;
    new.state_announced_at := 'epoch';
    return new; end $$`,
  `revoke all on function ${S}.state_membership() from public`,
  `create trigger membership_state before update of status on ${S}.membership for each row when (old.status is distinct from new.status)
    execute function ${S}.state_membership()`,
]);
