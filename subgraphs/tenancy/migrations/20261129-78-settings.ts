// What tenants have set, and the log by which gateways learn of it.
import { appRole, platformTable, tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'tenancy';

export const settingTables = sqlMigration('20261129-78-settings', [
  // What was set and nothing else: what is absent has the default of the release that reads it.
  `create table ${S}.tenant_setting (
    tenant_id uuid primary key references ${S}.tenant (tenant_id) on delete cascade,
    version integer not null check (version >= 0),
    settings jsonb not null check (jsonb_typeof(settings) = 'object' and pg_column_size(settings) < 65536),
    updated_at timestamptz(3) not null
  )`,
  ...tenantTable(S, 'tenant_setting', 'select, insert, update'),

  // A preflight names an origin and no tenant: one exact origin -> whether somebody allows it.
  `create index tenant_setting_origins on ${S}.tenant_setting using gin ((settings -> 'corsOrigins'))`,
  `create policy tenant_setting_lookup on ${S}.tenant_setting for select to switchboard_owner using (true)`,
  `create function ${S}.origin_is_allowed(wanted text) returns boolean
    language sql stable security definer set search_path = ${S}, pg_temp as $$
      select exists (select from ${S}.tenant_setting s where s.settings -> 'corsOrigins' ? wanted) $$`,
  `revoke all on function ${S}.origin_is_allowed(text) from public`,
  `grant execute on function ${S}.origin_is_allowed(text) to ${appRole(S)}`,

  // Tenants alone: a gateway asks again for the settings of those named. See identity's access_change for \`txid\`.
  `create table ${S}.setting_change (
    id bigint generated always as identity primary key,
    txid xid8 not null default pg_current_xact_id(),
    home uuid not null,
    changed_at timestamptz(3) not null
  )`,
  `create index setting_change_txid on ${S}.setting_change (txid)`,
  `create index setting_change_age on ${S}.setting_change (changed_at)`,
  ...platformTable(S, 'setting_change', 'select, insert, delete'),
]);
