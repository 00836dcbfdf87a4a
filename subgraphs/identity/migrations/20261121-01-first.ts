// The first tables of identity.
import {
  TENANT_PREDICATE, USER_PREDICATE, appRole, kernelTables, platformTable, tenantTable,
} from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'identity';
const OWN_ROWS = `${TENANT_PREDICATE} and ${USER_PREDICATE}`;

/** A look-up by one exact key, before a tenant is known. It tells where a row is and nothing else of it. */
const lookup = (signature: string, returns: string, body: string): string[] => [
  `create function ${S}.${signature} returns table (${returns})
    language sql stable security definer set search_path = ${S}, pg_temp as $$ ${body} $$`,
  `revoke all on function ${S}.${signature} from public`,
  `grant execute on function ${S}.${signature} to ${appRole(S)}`,
];
/** The owner runs the look-ups and is subject to forced row-level security itself. */
const readableByOwner = (table: string): string =>
  `create policy ${table}_lookup on ${S}.${table} for select to switchboard_owner using (true)`;

export const first = sqlMigration('20261121-01-first', [
  ...kernelTables(S),

  `create table ${S}.account (
    id uuid primary key,
    email text not null unique check (email = lower(email) and length(email) between 1 and 254),
    password_hash text not null,
    display_name text not null,
    created_at timestamptz(3) not null
  )`,
  ...platformTable(S, 'account', 'select, insert'),

  `create table ${S}.membership (
    tenant_id uuid not null,
    user_id uuid not null,
    display_name text not null,
    email text not null,
    status text not null check (status in ('ACTIVE', 'SUSPENDED')),
    created_at timestamptz(3) not null,
    primary key (tenant_id, user_id)
  )`,
  // The tenants of one account are looked up before any of them is chosen.
  `create index membership_account on ${S}.membership (user_id)`,
  ...tenantTable(S, 'membership', 'select, insert'),
  readableByOwner('membership'),
  ...lookup('memberships_of(account uuid)', 'tenant_id uuid, status text',
    `select m.tenant_id, m.status from ${S}.membership m where m.user_id = account`),

  `create table ${S}.role (
    tenant_id uuid not null,
    id uuid not null,
    name text not null,
    preset text check (preset in ('OWNER', 'ADMIN', 'ANALYST', 'AGENT', 'VIEWER', 'SUPER_ADMIN')),
    permissions text[],
    created_at timestamptz(3) not null,
    primary key (tenant_id, id),
    unique (tenant_id, preset),
    check ((preset is null) <> (permissions is null))
  )`,
  ...tenantTable(S, 'role', 'select, insert'),

  `create table ${S}.membership_role (
    tenant_id uuid not null,
    user_id uuid not null,
    role_id uuid not null,
    granted_by uuid,
    granted_at timestamptz(3) not null,
    primary key (tenant_id, user_id, role_id),
    foreign key (tenant_id, user_id) references ${S}.membership (tenant_id, user_id) on delete cascade,
    foreign key (tenant_id, role_id) references ${S}.role (tenant_id, id)
  )`,
  `create index membership_role_role on ${S}.membership_role (tenant_id, role_id)`,
  ...tenantTable(S, 'membership_role', 'select, insert'),

  `create table ${S}.session (
    tenant_id uuid not null,
    id uuid not null,
    user_id uuid not null,
    family uuid not null,
    epoch integer not null default 0,
    refresh_hash text not null,
    created_at timestamptz(3) not null,
    last_used_at timestamptz(3) not null,
    expires_at timestamptz(3) not null,
    absolute_expires_at timestamptz(3) not null check (expires_at <= absolute_expires_at),
    ip text,
    user_agent text,
    revoked_at timestamptz(3),
    revoked_reason text check (revoked_reason in ('LOGOUT', 'REFRESH_REUSE')),
    primary key (tenant_id, id),
    foreign key (tenant_id, user_id) references ${S}.membership (tenant_id, user_id) on delete cascade,
    check ((revoked_at is null) = (revoked_reason is null))
  ) with (fillfactor = 80)`,
  // A token names a session, or hashes to one, before its tenant is known.
  `create unique index session_one on ${S}.session (id)`,
  `create unique index session_refresh on ${S}.session (refresh_hash)`,
  `create index session_person on ${S}.session (tenant_id, user_id)`,
  ...tenantTable(S, 'session', 'select, insert, update', OWN_ROWS),
  readableByOwner('session'),

  `create table ${S}.spent_refresh (
    tenant_id uuid not null,
    hash text not null,
    user_id uuid not null,
    session_id uuid not null,
    spent_at timestamptz(3) not null,
    primary key (tenant_id, hash),
    foreign key (tenant_id, session_id) references ${S}.session (tenant_id, id) on delete cascade
  )`,
  `create unique index spent_refresh_one on ${S}.spent_refresh (hash)`,
  `create index spent_refresh_session on ${S}.spent_refresh (tenant_id, session_id)`,
  ...tenantTable(S, 'spent_refresh', 'select, insert', OWN_ROWS),
  readableByOwner('spent_refresh'),

  ...lookup('session_by_id(wanted uuid)', 'tenant_id uuid, user_id uuid',
    `select s.tenant_id, s.user_id from ${S}.session s where s.id = wanted`),
  ...lookup('session_by_refresh(wanted text)', 'tenant_id uuid, id uuid, user_id uuid',
    `select s.tenant_id, s.id, s.user_id from ${S}.session s where s.refresh_hash = wanted
     union all select r.tenant_id, r.session_id, r.user_id from ${S}.spent_refresh r where r.hash = wanted`),

  `create table ${S}.signing_key (
    kid uuid primary key,
    public_jwk jsonb not null,
    private_jwk bytea not null,
    created_at timestamptz(3) not null
  )`,
  ...platformTable(S, 'signing_key', 'select, insert'),
]);
