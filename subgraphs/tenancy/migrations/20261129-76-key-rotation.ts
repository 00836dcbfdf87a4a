// Data keys that can be rotated, and the rotations that a tenant's administrators ask for.
import { keyRotationTables } from '../../kernel/data/key-tables.js';
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'tenancy';

export const keyRotation = sqlMigration('20261129-76-key-rotation', [
  ...keyRotationTables(S),

  `create table ${S}.tenant_key_rotation (
    tenant_id uuid not null,
    id uuid not null,
    state text not null check (state in ('RUNNING', 'FINISHED')),
    note text check (length(note) between 1 and 500),
    started_at timestamptz(3) not null,
    announced_at timestamptz(3) not null,
    finished_at timestamptz(3),
    primary key (tenant_id, id),
    check ((state = 'FINISHED') = (finished_at is not null))
  )`,
  `create unique index tenant_key_rotation_running on ${S}.tenant_key_rotation (tenant_id) where state = 'RUNNING'`,
  `create index tenant_key_rotation_waiting on ${S}.tenant_key_rotation (announced_at) where state = 'RUNNING'`,
  ...tenantTable(S, 'tenant_key_rotation', 'select, insert, update'),

  `create table ${S}.tenant_key_rotation_part (
    tenant_id uuid not null,
    rotation_id uuid not null,
    subgraph text not null,
    resealed integer check (resealed >= 0),
    unreadable integer check (unreadable >= 0),
    finished_at timestamptz(3),
    primary key (tenant_id, rotation_id, subgraph),
    foreign key (tenant_id, rotation_id) references ${S}.tenant_key_rotation (tenant_id, id) on delete cascade,
    check ((finished_at is null) = (resealed is null) and (finished_at is null) = (unreadable is null))
  )`,
  ...tenantTable(S, 'tenant_key_rotation_part', 'select, insert, update'),
]);
