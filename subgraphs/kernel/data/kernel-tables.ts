// The tables every subgraph has for the kernel: outbox, feed, audit staging, data keys, processed events.

/** `tenant_id` policy in the form that is evaluated once per statement; no tenant set, no rows. */
export const TENANT_PREDICATE = `tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid)`;
/** Rows that belong to one person. */
export const USER_PREDICATE = `user_id = (select nullif(current_setting('app.user_id', true), '')::uuid)`;

/** True for actors with `permission`. Evaluated once per statement. */
export const permissionPredicate = (permission: string): string =>
  `(select '${permission}' = any (string_to_array(current_setting('app.permissions', true), ',')))`;

export const appRole = (schema: string): string => `switchboard_${schema}`;
export const OWNER_ROLE = 'switchboard_owner';
export const SYSTEM_ROLE = 'switchboard_system';
export const BACKUP_ROLE = 'switchboard_backup';

/** Grants and forced row-level security for a tenant table. `rights` as in GRANT, e.g. `select, insert, update`. */
export function tenantTable(schema: string, table: string, rights: string, predicate = TENANT_PREDICATE): string[] {
  return [
    `alter table ${schema}.${table} enable row level security`,
    `alter table ${schema}.${table} force row level security`,
    `create policy ${table}_tenant on ${schema}.${table} using (${predicate}) with check (${predicate})`,
    `grant ${rights} on ${schema}.${table} to ${appRole(schema)}`,
    `grant select, insert, update, delete on ${schema}.${table} to ${SYSTEM_ROLE}`,
  ];
}

/**
 * Narrows a tenant table to a person's own rows, and to everybody's of the tenant for who has `permission`. Restrictive: it
 * takes away from what the tenant's policy shows and cannot add to it.
 */
export function personTable(schema: string, table: string, permission?: string): string[] {
  const predicate = permission ? `${USER_PREDICATE} or ${permissionPredicate(permission)}` : USER_PREDICATE;
  return [`create policy ${table}_person on ${schema}.${table} as restrictive to ${appRole(schema)} using (${predicate}) with check (${predicate})`];
}

/** Grants for a table that holds no tenant's rows. Its name must be in the subgraph's `platformTables`. */
export function platformTable(schema: string, table: string, rights: string): string[] {
  return [
    `grant ${rights} on ${schema}.${table} to ${appRole(schema)}`,
    `grant select, insert, update, delete on ${schema}.${table} to ${SYSTEM_ROLE}`,
  ];
}

/** Whose rows people with `permission` see besides their own: those of everybody in `members`, a tenant table, who has not left their tenant. */
export interface Members {
  members: string;
  permission: string;
}

/** What the policy of `Members` on `table` asks. */
export const membersPredicate = (schema: string, table: string, { members, permission }: Members): string =>
  `exists (select from ${schema}.${members} member
    where member.${TENANT_PREDICATE} and member.user_id = ${table}.user_id and member.status <> 'DELETED') and ${permissionPredicate(permission)}`;

/**
 * Grants and forced row-level security for a table without a tenant whose rows belong to one person each, whatever tenant
 * they work in. Its name must be in the subgraph's `personalTables`, and its primary key starts with user_id.
 */
export function personalTable(schema: string, table: string, rights: string, seenBy?: Members): string[] {
  return [
    `alter table ${schema}.${table} enable row level security`,
    `alter table ${schema}.${table} force row level security`,
    `create policy ${table}_person on ${schema}.${table} using (${USER_PREDICATE}) with check (${USER_PREDICATE})`,
    ...(seenBy ? [`create policy ${table}_members on ${schema}.${table} for select to ${appRole(schema)}
      using (${membersPredicate(schema, table, seenBy)})`] : []),
    `grant ${rights} on ${schema}.${table} to ${appRole(schema)}`,
    `grant select, insert, update, delete on ${schema}.${table} to ${SYSTEM_ROLE}`,
  ];
}

export const KERNEL_PLATFORM_TABLES = ['platform_audit_staging', 'feed_state', 'erased_rows', 'tenant_restored'] as const;

/** Statements of a subgraph's first migration. */
export function kernelTables(schema: string): string[] {
  return [
    `grant usage on schema ${schema} to ${appRole(schema)}, ${SYSTEM_ROLE}`,

    `create table ${schema}.outbox (
      id bigint generated always as identity primary key,
      tenant_id uuid not null,
      event_id uuid not null unique,
      type text not null,
      stream_id uuid,
      group_id uuid,
      payload jsonb not null,
      occurred_at timestamptz(3) not null,
      position bigint
    )`,
    ...tenantTable(schema, 'outbox', 'insert'),

    `create table ${schema}.feed (
      tenant_id uuid not null,
      position bigint not null,
      event_id uuid not null,
      type text not null,
      stream_id uuid not null,
      group_id uuid,
      payload jsonb not null,
      occurred_at timestamptz(3) not null,
      primary key (tenant_id, position)
    )`,
    `create unique index feed_event on ${schema}.feed (tenant_id, event_id)`,
    `create index feed_stream on ${schema}.feed (tenant_id, stream_id, position)`,
    `create index feed_group on ${schema}.feed (tenant_id, group_id, position) where group_id is not null`,
    ...tenantTable(schema, 'feed', 'select'),

    `create table ${schema}.feed_state (
      singleton boolean primary key default true check (singleton),
      epoch text not null default substr(md5(gen_random_uuid()::text), 1, 8),
      position bigint not null default 0,
      trimmed_to bigint not null default 0
    )`,
    `insert into ${schema}.feed_state default values`,
    ...platformTable(schema, 'feed_state', 'select'),

    `create table ${schema}.audit_staging (
      tenant_id uuid not null,
      id uuid not null,
      event jsonb not null,
      primary key (tenant_id, id)
    )`,
    ...tenantTable(schema, 'audit_staging', 'insert'),
    `create table ${schema}.platform_audit_staging (
      id uuid primary key,
      event jsonb not null
    )`,
    ...platformTable(schema, 'platform_audit_staging', 'insert'),

    `create table ${schema}.data_key (
      tenant_id uuid not null,
      id uuid not null,
      wrapped bytea not null,
      created_at timestamptz(3) not null,
      primary key (tenant_id, id)
    )`,
    `create unique index data_key_one on ${schema}.data_key (tenant_id)`,
    ...tenantTable(schema, 'data_key', 'select, insert'),
  ];
}

/**
 * Statements of the migration after which an erasure counts over all its runs. The column is not called `tenant_id`, for these rows
 * are no tenant's: they hold an id and numbers while an erasure runs.
 */
export const erasedRowsTable = (schema: string): string[] => [
  `create table ${schema}.erased_rows (
    erased uuid not null,
    name text not null,
    rows bigint not null check (rows > 0),
    primary key (erased, name)
  )`,
  `grant select, insert, update, delete on ${schema}.erased_rows to ${SYSTEM_ROLE}`,
];
