// API keys of tenants and the hashes of their secrets, seen by who manages or reads keys, and by the key that acts.
import { appRole, permissionPredicate, tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'identity';
const MANAGES = permissionPredicate('api_key:manage');
const READS = permissionPredicate('api_key:read');
const acts = (column: string): string => `${column} = (select nullif(current_setting('app.api_key_id', true), '')::uuid)`;

/** Restrictive: they take away from what the tenant's policy shows. Each command has its own, or one would open the other. */
const keyPolicies = (table: string, key: string): string[] => [
  ['read', `for select to ${appRole(S)} using (${READS} or ${MANAGES} or ${acts(key)})`],
  ['insert', `for insert to ${appRole(S)} with check (${MANAGES})`],
  ['update', `for update to ${appRole(S)} using (${MANAGES} or ${acts(key)}) with check (${MANAGES} or ${acts(key)})`],
].map(([name = '', rest = '']) => `create policy ${table}_${name} on ${S}.${table} as restrictive ${rest}`);

export const apiKeyTables = sqlMigration('20261125-04-api-key', [
  `create table ${S}.api_key (
    tenant_id uuid not null,
    id uuid not null,
    name text not null check (length(name) between 1 and 100),
    hint text not null,
    scopes text[] not null,
    ips text[] not null,
    expires_at timestamptz(3),
    created_by uuid not null,
    created_at timestamptz(3) not null,
    revoked_at timestamptz(3),
    last_used_at timestamptz(3),
    last_used_ip text,
    primary key (tenant_id, id)
  ) with (fillfactor = 80)`,
  ...tenantTable(S, 'api_key', 'select, insert, update'),
  ...keyPolicies('api_key', 'id'),

  `create table ${S}.api_key_secret (
    tenant_id uuid not null,
    hash text not null,
    api_key_id uuid not null,
    created_at timestamptz(3) not null,
    ends_at timestamptz(3),
    primary key (tenant_id, hash),
    foreign key (tenant_id, api_key_id) references ${S}.api_key (tenant_id, id) on delete cascade
  )`,
  // A secret hashes to its key before the tenant is known.
  `create unique index api_key_secret_one on ${S}.api_key_secret (hash)`,
  // A key has one secret that does not end by itself: of two rotations at once, one waits and starts from what the other has left.
  `create unique index api_key_secret_current on ${S}.api_key_secret (tenant_id, api_key_id) where ends_at is null`,
  ...tenantTable(S, 'api_key_secret', 'select, insert, update'),
  ...keyPolicies('api_key_secret', 'api_key_id'),
  `create policy api_key_secret_lookup on ${S}.api_key_secret for select to switchboard_owner using (true)`,

  `create function ${S}.api_key_by_hash(wanted text) returns table (tenant_id uuid, id uuid)
    language sql stable security definer set search_path = ${S}, pg_temp as $$
      select k.tenant_id, k.api_key_id from ${S}.api_key_secret k where k.hash = wanted $$`,
  `revoke all on function ${S}.api_key_by_hash(text) from public`,
  `grant execute on function ${S}.api_key_by_hash(text) to ${appRole(S)}`,
]);
