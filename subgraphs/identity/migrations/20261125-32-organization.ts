// What identity must know of a tenant before anybody is signed in, and what a new one is registered with.
import { appRole, tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'identity';

export const organization = sqlMigration('20261125-32-organization', [
  // `registration` is what tenancy has not taken over yet; null once it has.
  `create table ${S}.organization (
    tenant_id uuid primary key,
    name text not null check (length(name) between 1 and 200),
    registration jsonb,
    announced_at timestamptz(3),
    created_at timestamptz(3) not null
  )`,
  `create index organization_registering on ${S}.organization (announced_at) where registration is not null`,
  ...tenantTable(S, 'organization', 'select, insert, update'),
  // The owner runs the look-up and is subject to forced row-level security itself.
  `create policy organization_lookup on ${S}.organization for select to switchboard_owner using (true)`,
  // Which tenants a person may choose from, before any of them is chosen. Left join: people of the platform have a home without a name.
  `create function ${S}.organizations_of(account uuid) returns table (tenant_id uuid, name text, status text)
    language sql stable security definer set search_path = ${S}, pg_temp as $$
      select m.tenant_id, o.name, m.status from ${S}.membership m left join ${S}.organization o on o.tenant_id = m.tenant_id
      where m.user_id = account $$`,
  `revoke all on function ${S}.organizations_of(uuid) from public`,
  `grant execute on function ${S}.organizations_of(uuid) to ${appRole(S)}`,
]);
