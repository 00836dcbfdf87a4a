// Second factors of accounts, the sign-ins that wait for one, and the log of their use. Rows belong to a person, not to a tenant.
import { appRole, personalTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'identity';
const SEEN_BY = { members: 'membership', permission: 'user:manage' };

const lookup = (signature: string, returns: string, body: string): string[] => [
  `create function ${S}.${signature} returns table (${returns})
    language sql stable security definer set search_path = ${S}, pg_temp as $$ ${body} $$`,
  `revoke all on function ${S}.${signature} from public`,
  `grant execute on function ${S}.${signature} to ${appRole(S)}`,
];
const readableByOwner = (table: string): string =>
  `create policy ${table}_lookup on ${S}.${table} for select to switchboard_owner using (true)`;

export const mfa = sqlMigration('20261125-12-mfa', [
  `create table ${S}.mfa_factor (
    user_id uuid not null references ${S}.account (id) on delete cascade,
    kind text not null check (kind in ('TOTP')),
    id uuid not null,
    secret bytea not null,
    state text not null check (state in ('PENDING', 'ACTIVE')),
    last_used_step integer not null default 0,
    created_at timestamptz(3) not null,
    confirmed_at timestamptz(3),
    primary key (user_id, kind),
    check ((state = 'ACTIVE') = (confirmed_at is not null))
  )`,
  ...personalTable(S, 'mfa_factor', 'select, insert, update, delete', SEEN_BY),

  `create table ${S}.mfa_backup_code (
    user_id uuid not null references ${S}.account (id) on delete cascade,
    hash text not null,
    created_at timestamptz(3) not null,
    used_at timestamptz(3),
    primary key (user_id, hash)
  )`,
  ...personalTable(S, 'mfa_backup_code', 'select, insert, update, delete', SEEN_BY),

  `create table ${S}.mfa_use (
    user_id uuid not null references ${S}.account (id) on delete cascade,
    id uuid not null,
    used_at timestamptz(3) not null,
    method text not null check (method in ('TOTP', 'BACKUP_CODE')),
    purpose text not null check (purpose in ('SIGN_IN', 'SET_UP', 'STEP_UP')),
    outcome text not null check (outcome in ('ACCEPTED', 'REFUSED')),
    ip text,
    user_agent text,
    primary key (user_id, id)
  )`,
  ...personalTable(S, 'mfa_use', 'select, insert', SEEN_BY),

  `create table ${S}.mfa_challenge (
    user_id uuid not null references ${S}.account (id) on delete cascade,
    id uuid not null,
    hash text not null unique,
    homes uuid[] not null check (cardinality(homes) > 0),
    sets_up boolean not null,
    created_at timestamptz(3) not null,
    expires_at timestamptz(3) not null,
    used_at timestamptz(3),
    primary key (user_id, id)
  )`,
  ...personalTable(S, 'mfa_challenge', 'select, insert, update, delete'),
  readableByOwner('mfa_challenge'),
  // Who answers holds a token and is nobody yet.
  ...lookup('mfa_challenge_by_hash(wanted text)', 'user_id uuid, id uuid',
    `select c.user_id, c.id from ${S}.mfa_challenge c where c.hash = wanted`),

  // Asked at sign-in of all tenants of the account, before one is chosen.
  readableByOwner('security_policy'),
  ...lookup('mfa_demanded_by(account uuid)', 'tenant_id uuid',
    `select m.tenant_id from ${S}.membership m join ${S}.security_policy p on p.tenant_id = m.tenant_id
     where m.user_id = account and m.status = 'ACTIVE' and p.mfa_required`),

  `alter table ${S}.session add column mfa_at timestamptz(3)`,
  // Parameters of password hashes rise with the next sign-in.
  `grant update (password_hash) on ${S}.account to ${appRole(S)}`,
]);
