// Invitations: an address that may join a tenant, with the roles it is offered.
import { appRole, tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'identity';

export const invitation = sqlMigration('20261125-24-invitation', [
  // Once somebody has joined, the address is the membership's and leaves this row: who is removed later leaves none behind.
  `create table ${S}.invitation (
    tenant_id uuid not null,
    id uuid not null,
    email text check (email = lower(email) and length(email) between 3 and 254),
    role_ids uuid[] not null check (cardinality(role_ids) between 1 and 10),
    locale text not null,
    token_hash text not null,
    invited_by uuid not null,
    mails integer not null,
    mailed_at timestamptz(3) not null,
    created_at timestamptz(3) not null,
    expires_at timestamptz(3) not null,
    ended_at timestamptz(3),
    ended_as text check (ended_as in ('ACCEPTED', 'REVOKED', 'EXPIRED')),
    accepted_by uuid,
    primary key (tenant_id, id),
    foreign key (tenant_id, invited_by) references ${S}.membership (tenant_id, user_id) on delete cascade,
    foreign key (tenant_id, accepted_by) references ${S}.membership (tenant_id, user_id) on delete cascade deferrable initially deferred,
    check ((ended_at is null) = (ended_as is null)),
    check ((email is null) = (accepted_by is not null)),
    check ((accepted_by is not null) = (ended_as is not null and ended_as = 'ACCEPTED'))
  )`,
  // One that waits for each address, and the mails to an address in the last hour.
  `create unique index invitation_open on ${S}.invitation (tenant_id, email) where ended_at is null`,
  `create index invitation_email on ${S}.invitation (tenant_id, email, mailed_at)`,
  `create index invitation_inviter on ${S}.invitation (tenant_id, invited_by)`,
  `create index invitation_guest on ${S}.invitation (tenant_id, accepted_by) where accepted_by is not null`,
  `create index invitation_age on ${S}.invitation (coalesce(ended_at, expires_at))`,
  // A token hashes to its invitation before the tenant is known.
  `create unique index invitation_token on ${S}.invitation (token_hash)`,
  `create index membership_email on ${S}.membership (tenant_id, email)`,
  ...tenantTable(S, 'invitation', 'select, insert, update'),
  // The owner runs the look-up and is subject to forced row-level security itself.
  `create policy invitation_lookup on ${S}.invitation for select to switchboard_owner using (true)`,
  `create function ${S}.invitation_by_token(wanted text) returns table (tenant_id uuid, id uuid)
    language sql stable security definer set search_path = ${S}, pg_temp as $$
      select i.tenant_id, i.id from ${S}.invitation i where i.token_hash = wanted $$`,
  `revoke all on function ${S}.invitation_by_token(text) from public`,
  `grant execute on function ${S}.invitation_by_token(text) to ${appRole(S)}`,
]);
