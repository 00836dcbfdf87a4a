// The life of tenants: where each stands, what it was before its deletion was asked for, and what has not reached identity yet.
import { appRole } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'tenancy';

export const tenantLife = sqlMigration('20261129-74-tenant-life', [
  // `resumes` is what cancelling a deletion leads back to: asking for one is no way out of a suspension.
  `alter table ${S}.tenant
    add column state text not null default 'ACTIVE' check (state in ('ACTIVE', 'SUSPENDED', 'DELETING', 'ERASING')),
    add column suspension_reason text check (length(suspension_reason) between 1 and 500),
    add column resumes text check (resumes in ('ACTIVE', 'SUSPENDED')),
    add column deletion_due_at timestamptz(3),
    add column version integer not null default 0,
    add column announced_at timestamptz(3),
    add constraint tenant_deletion check ((state in ('DELETING', 'ERASING')) = (resumes is not null) and (resumes is null) = (deletion_due_at is null)),
    add constraint tenant_suspension check ((coalesce(resumes, state) = 'SUSPENDED') = (suspension_reason is not null))`,
  `create index tenant_announced on ${S}.tenant (announced_at) where announced_at is not null`,
  `create index tenant_deletion_due on ${S}.tenant (deletion_due_at) where state = 'DELETING'`,
  `grant update on ${S}.tenant to ${appRole(S)}`,
  // The owner runs the look-up and is subject to forced row-level security itself.
  `create policy tenant_lookup on ${S}.tenant for select to switchboard_owner using (true)`,
  // For the people of the platform, who have no tenant: nobody else gets a row, whoever calls it.
  `create function ${S}.tenant_directory(wanted uuid, wanted_state text, beyond uuid, most integer) returns setof ${S}.tenant
    language sql stable security definer set search_path = ${S}, pg_temp as $$
      select t.* from ${S}.tenant t
      where (select 'system:admin' = any (string_to_array(current_setting('app.permissions', true), ',')))
        and (select nullif(current_setting('app.tenant_id', true), '')) is null
        and (wanted is null or t.tenant_id = wanted) and (wanted_state is null or t.state = wanted_state) and (beyond is null or t.tenant_id > beyond)
      order by t.tenant_id limit most $$`,
  `revoke all on function ${S}.tenant_directory(uuid, text, uuid, integer) from public`,
  `grant execute on function ${S}.tenant_directory(uuid, text, uuid, integer) to ${appRole(S)}`,
]);
