// Webhooks that go out: where a tenant wants to be told, what each endpoint is told and was, and how far each feed was followed.
import { platformTable, tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'tenancy';

export const webhook = sqlMigration('20261202-31-webhook', [
  `create table ${S}.webhook_endpoint (
    tenant_id uuid not null,
    id uuid not null,
    url text not null check (length(url) between 1 and 2048),
    description text not null,
    event_types text[] not null,
    secrets bytea not null,
    secret_overlap_until timestamptz(3),
    state text not null check (state in ('ACTIVE', 'DISABLED')),
    disabled_reason text check (disabled_reason in ('STAFF', 'FAILING', 'GONE')),
    disabled_at timestamptz(3),
    failures integer not null default 0 check (failures >= 0),
    failing_since timestamptz(3),
    retry_at timestamptz(3),
    last_succeeded_at timestamptz(3),
    last_failed_at timestamptz(3),
    last_failure text,
    created_at timestamptz(3) not null,
    primary key (tenant_id, id),
    check ((state = 'DISABLED') = (disabled_at is not null) and (disabled_at is null) = (disabled_reason is null)),
    check ((failures = 0) = (failing_since is null))
  )`,
  `create index webhook_endpoint_active on ${S}.webhook_endpoint (tenant_id, id) where state = 'ACTIVE'`,
  ...tenantTable(S, 'webhook_endpoint', 'select, insert, update, delete'),

  // One row for each endpoint and event: whoever tells it again finds it there. "seq" is the order in which the events were, "stream_id" what they are about.
  `create table ${S}.webhook_message (
    tenant_id uuid not null,
    id uuid not null,
    endpoint_id uuid not null,
    seq bigint generated always as identity,
    event_id uuid not null,
    type text not null,
    stream_id uuid,
    body text not null check (length(body) <= 16000),
    occurred_at timestamptz(3) not null,
    state text not null check (state in ('PENDING', 'DELIVERED', 'FAILED')),
    attempts integer not null default 0 check (attempts >= 0),
    next_at timestamptz(3) not null,
    leased_until timestamptz(3),
    created_at timestamptz(3) not null,
    expires_at timestamptz(3) not null,
    finished_at timestamptz(3),
    primary key (tenant_id, id),
    constraint webhook_message_once unique (tenant_id, endpoint_id, event_id),
    foreign key (tenant_id, endpoint_id) references ${S}.webhook_endpoint (tenant_id, id) on delete cascade,
    check ((state = 'PENDING') = (finished_at is null))
  )`,
  `create index webhook_message_queue on ${S}.webhook_message (tenant_id, endpoint_id, seq) where state = 'PENDING'`,
  `create index webhook_message_due on ${S}.webhook_message (tenant_id, endpoint_id, next_at) where state = 'PENDING'`,
  `create index webhook_message_stream on ${S}.webhook_message (tenant_id, endpoint_id, stream_id, seq) where state = 'PENDING'`,
  `create index webhook_message_expiring on ${S}.webhook_message (expires_at) where state = 'PENDING'`,
  `create index webhook_message_finished on ${S}.webhook_message (finished_at) where finished_at is not null`,
  `create index webhook_message_list on ${S}.webhook_message (tenant_id, endpoint_id, id desc)`,
  `create index webhook_message_state_list on ${S}.webhook_message (tenant_id, endpoint_id, state, id desc)`,
  ...tenantTable(S, 'webhook_message', 'select, insert, update'),

  `create table ${S}.webhook_attempt (
    tenant_id uuid not null,
    id uuid not null,
    message_id uuid not null,
    number integer not null check (number > 0),
    attempted_at timestamptz(3) not null,
    duration_ms integer not null check (duration_ms >= 0),
    status integer check (status between 100 and 999),
    failure text,
    primary key (tenant_id, id),
    foreign key (tenant_id, message_id) references ${S}.webhook_message (tenant_id, id) on delete cascade
  )`,
  `create index webhook_attempt_message on ${S}.webhook_attempt (tenant_id, message_id, id desc)`,
  // Nobody changes what was tried.
  ...tenantTable(S, 'webhook_attempt', 'select, insert'),

  // Of each subgraph's feed, up to where its events were given to the endpoints.
  `create table ${S}.webhook_cursor (
    feed text primary key,
    epoch text not null,
    position bigint not null
  )`,
  ...platformTable(S, 'webhook_cursor', 'select'),
]);
