// Rights for ad-hoc SQL and reports: what presets give, kept in step by the subgraph at its start, and two functions over it.
import { SYSTEM_ROLE, appRole, platformTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'identity';
const CURRENT_TENANT = `nullif(current_setting('app.tenant_id', true), '')::uuid`;
const CALLERS = `${appRole(S)}, ${SYSTEM_ROLE}`;

/** The grants that give something now, of people who may act. The invoker's own policies say which tenants there are. */
const IN_FORCE = `${S}.membership m
  join ${S}.membership_role g on g.tenant_id = m.tenant_id and g.user_id = m.user_id and (g.expires_at is null or g.expires_at > now())
  join ${S}.role r on r.tenant_id = g.tenant_id and r.id = g.role_id and r.deleted_at is null
  where m.tenant_id = tenant and m.user_id = person and m.status = 'ACTIVE'`;

export const rightsInSql = sqlMigration('20261125-22-rights-in-sql', [
  // SUPER_ADMIN has every permission that exists, so its rows are also the list of what exists.
  `create table ${S}.preset_permission (
    preset text not null check (preset in ('OWNER', 'ADMIN', 'ANALYST', 'AGENT', 'VIEWER', 'SUPER_ADMIN')),
    permission text not null,
    primary key (preset, permission)
  )`,
  ...platformTable(S, 'preset_permission', 'select, insert, delete'),

  `create function ${S}.user_has_permission(person uuid, wanted text, tenant uuid default ${CURRENT_TENANT}) returns boolean
    language sql stable security invoker as $$
      select exists (select from ${S}.preset_permission p where p.preset = 'SUPER_ADMIN' and p.permission = wanted)
        and exists (select from ${IN_FORCE} and (wanted = any (r.permissions)
          or exists (select from ${S}.preset_permission p where p.preset = r.preset and p.permission = wanted))) $$`,
  `create function ${S}.get_user_roles(person uuid, tenant uuid default ${CURRENT_TENANT})
    returns table (role_id uuid, name text, preset text, granted_by uuid, granted_at timestamptz, expires_at timestamptz)
    language sql stable security invoker as $$
      select r.id, r.name, r.preset, g.granted_by, g.granted_at, g.expires_at from ${IN_FORCE} order by r.name, r.id $$`,
  ...['user_has_permission(uuid, text, uuid)', 'get_user_roles(uuid, uuid)'].flatMap((signature) => [
    `revoke all on function ${S}.${signature} from public`, `grant execute on function ${S}.${signature} to ${CALLERS}`,
  ]),
]);
