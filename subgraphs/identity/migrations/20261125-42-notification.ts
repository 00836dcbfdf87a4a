// What waits for each person's eyes, and what each wants to be told where.
import { personTable, tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'identity';
/** What the one who delivers acts with. No slice contributes it, so that no role and no key can ever hold it. */
const DELIVER = 'notification:deliver';

export const notification = sqlMigration('20261125-42-notification', [
  `create table ${S}.notification (
    tenant_id uuid not null,
    id uuid not null,
    user_id uuid not null,
    kind text not null,
    subject_id text,
    params jsonb not null,
    dedupe_key text not null check (length(dedupe_key) between 1 and 200),
    in_app boolean not null,
    created_at timestamptz(3) not null,
    read_at timestamptz(3),
    primary key (tenant_id, id),
    unique (tenant_id, user_id, dedupe_key),
    foreign key (tenant_id, user_id) references ${S}.membership (tenant_id, user_id) on delete cascade
  )`,
  `create index notification_inbox on ${S}.notification (tenant_id, user_id, id) where in_app`,
  `create index notification_unread on ${S}.notification (tenant_id, user_id, id) where in_app and read_at is null`,
  ...tenantTable(S, 'notification', 'select, insert, update'),
  ...personTable(S, 'notification', DELIVER),

  `create table ${S}.notification_preference (
    tenant_id uuid not null,
    user_id uuid not null,
    kind text not null,
    in_app boolean not null,
    email boolean not null,
    updated_at timestamptz(3) not null,
    primary key (tenant_id, user_id, kind),
    foreign key (tenant_id, user_id) references ${S}.membership (tenant_id, user_id) on delete cascade
  )`,
  ...tenantTable(S, 'notification_preference', 'select, insert, update'),
  ...personTable(S, 'notification_preference', DELIVER),
]);
