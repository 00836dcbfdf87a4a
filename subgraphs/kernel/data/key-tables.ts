// Several data keys a tenant, of which one seals, and how far the way from one to the next has come.
import { tenantTable } from './kernel-tables.js';

/** Statements of the migration after which the keys of a schema can be rotated. */
export function keyRotationTables(schema: string): string[] {
  return [
    // Keys that others are derived from stay what they are: what they made could not be found again.
    `alter table ${schema}.data_key
      add column purpose text not null default 'SEAL' check (purpose in ('SEAL', 'DERIVE')),
      add column retired_at timestamptz(3),
      add check (purpose = 'SEAL' or retired_at is null)`,
    `drop index ${schema}.data_key_one`,
    `create unique index data_key_current on ${schema}.data_key (tenant_id, purpose) where retired_at is null`,
    `create index data_key_age on ${schema}.data_key (created_at) where purpose = 'SEAL' and retired_at is null`,

    `create table ${schema}.key_rotation (
      tenant_id uuid not null,
      id uuid not null,
      requested boolean not null,
      state text not null check (state in ('RUNNING', 'RESEALED', 'DONE')),
      resealed bigint not null default 0 check (resealed >= 0),
      unreadable bigint not null default 0 check (unreadable >= 0),
      started_at timestamptz(3) not null,
      resealed_at timestamptz(3),
      due_at timestamptz(3),
      primary key (tenant_id, id),
      check ((state = 'DONE') = (due_at is null)),
      check ((state = 'RUNNING') = (resealed_at is null))
    )`,
    `create index key_rotation_due on ${schema}.key_rotation (due_at) where due_at is not null`,
    ...tenantTable(schema, 'key_rotation', 'select, update'),
  ];
}
