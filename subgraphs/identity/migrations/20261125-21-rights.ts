// Roles of a tenant's own making, grants that end, and what the past needs to be explained: former grants, texts and states.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'identity';

export const rights = sqlMigration('20261125-21-rights', [
  `alter table ${S}.role add column description text, add column created_by uuid, add column updated_at timestamptz(3), add column deleted_at timestamptz(3)`,
  // A role that was deleted stays for the history of grants; its name is free again.
  `create unique index role_name on ${S}.role (tenant_id, lower(name)) where deleted_at is null`,
  `create index role_list on ${S}.role (tenant_id, lower(name) collate "C", id) where deleted_at is null`,
  `grant update on ${S}.role to switchboard_identity`,

  // What a custom role gave, from when on.
  `create table ${S}.role_version (
    tenant_id uuid not null,
    id uuid not null,
    role_id uuid not null,
    name text not null,
    permissions text[] not null,
    changed_by uuid,
    since timestamptz(3) not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, role_id) references ${S}.role (tenant_id, id)
  )`,
  `create index role_version_role on ${S}.role_version (tenant_id, role_id, since, id)`,
  ...tenantTable(S, 'role_version', 'select, insert'),

  // From this instant on the grant gives nothing; null: it does not end by itself.
  `alter table ${S}.membership_role add column expires_at timestamptz(3) check (expires_at > granted_at)`,
  `grant update, delete on ${S}.membership_role to switchboard_identity`,

  `create table ${S}.past_grant (
    tenant_id uuid not null,
    id uuid not null,
    user_id uuid not null,
    role_id uuid not null,
    granted_by uuid,
    granted_at timestamptz(3) not null,
    expires_at timestamptz(3),
    ended_by uuid,
    ended_at timestamptz(3) not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, user_id) references ${S}.membership (tenant_id, user_id) on delete cascade,
    foreign key (tenant_id, role_id) references ${S}.role (tenant_id, id)
  )`,
  `create index past_grant_user on ${S}.past_grant (tenant_id, user_id, ended_at)`,
  `create index past_grant_role on ${S}.past_grant (tenant_id, role_id)`,
  ...tenantTable(S, 'past_grant', 'select, insert'),

  `alter table ${S}.membership drop constraint membership_status_check`,
  `alter table ${S}.membership add constraint membership_status_check check (status in ('ACTIVE', 'SUSPENDED', 'DELETED'))`,
  // Who has left keeps the name colleagues knew; the address is nobody's business any more.
  `alter table ${S}.membership alter column email drop not null`,
  `alter table ${S}.membership add constraint membership_email_check check (email is not null or status = 'DELETED')`,
  `create index membership_list on ${S}.membership (tenant_id, lower(display_name) collate "C", user_id)`,
  `grant update on ${S}.membership to switchboard_identity`,

  `create table ${S}.membership_change (
    tenant_id uuid not null,
    id uuid not null,
    user_id uuid not null,
    status text not null check (status in ('ACTIVE', 'SUSPENDED', 'DELETED')),
    changed_by uuid,
    changed_at timestamptz(3) not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, user_id) references ${S}.membership (tenant_id, user_id) on delete cascade
  )`,
  `create index membership_change_user on ${S}.membership_change (tenant_id, user_id, changed_at, id)`,
  ...tenantTable(S, 'membership_change', 'select, insert'),
]);
