// The first tables of conversations.
import { TENANT_PREDICATE, USER_PREDICATE, appRole, kernelTables, platformTable, tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';

export const first = sqlMigration('20261121-01-first', [
  ...kernelTables(S),

  `create table ${S}.inbox (
    tenant_id uuid not null,
    id uuid not null,
    key text not null unique,
    name text not null,
    channel text not null check (channel in ('WHATSAPP')),
    credentials bytea not null,
    created_at timestamptz(3) not null,
    primary key (tenant_id, id)
  )`,
  ...tenantTable(S, 'inbox', 'select, insert, update'),
  // A provider's call names an inbox key and no tenant: one exact key finds both, and nothing else of the row.
  `create policy inbox_lookup on ${S}.inbox for select to switchboard_owner using (true)`,
  `create function ${S}.inbox_by_key(wanted text) returns table (tenant_id uuid, id uuid)
    language sql stable security definer set search_path = ${S}, pg_temp
    as $$ select i.tenant_id, i.id from ${S}.inbox i where i.key = wanted $$`,
  `revoke all on function ${S}.inbox_by_key(text) from public`,
  `grant execute on function ${S}.inbox_by_key(text) to ${appRole(S)}`,

  `create table ${S}.contact (
    tenant_id uuid not null,
    id uuid not null,
    name text,
    created_at timestamptz(3) not null,
    primary key (tenant_id, id)
  )`,
  ...tenantTable(S, 'contact', 'select, insert, update'),

  `create table ${S}.contact_identity (
    tenant_id uuid not null,
    inbox_id uuid not null,
    external_id text not null,
    contact_id uuid not null,
    phone text,
    created_at timestamptz(3) not null,
    primary key (tenant_id, inbox_id, external_id),
    foreign key (tenant_id, inbox_id) references ${S}.inbox (tenant_id, id),
    foreign key (tenant_id, contact_id) references ${S}.contact (tenant_id, id) deferrable initially deferred
  )`,
  `create index contact_identity_contact on ${S}.contact_identity (tenant_id, contact_id)`,
  ...tenantTable(S, 'contact_identity', 'select, insert, update'),

  `create table ${S}.tenant_counter (
    tenant_id uuid not null,
    name text not null,
    value integer not null,
    primary key (tenant_id, name)
  )`,
  ...tenantTable(S, 'tenant_counter', 'select, insert, update'),

  `create table ${S}.conversation (
    tenant_id uuid not null,
    id uuid not null,
    inbox_id uuid not null,
    contact_id uuid not null,
    display_number integer not null,
    status text not null check (status in ('OPEN', 'PENDING', 'SNOOZED', 'RESOLVED')),
    assignee_id uuid,
    last_seq integer not null default 0,
    inbound_count integer not null default 0,
    last_message_id uuid,
    last_activity_at timestamptz(3) not null,
    waiting_since timestamptz(3),
    created_at timestamptz(3) not null,
    primary key (tenant_id, id),
    unique (tenant_id, display_number),
    foreign key (tenant_id, inbox_id) references ${S}.inbox (tenant_id, id),
    foreign key (tenant_id, contact_id) references ${S}.contact (tenant_id, id)
  ) with (fillfactor = 80)`,
  `create unique index conversation_open on ${S}.conversation (tenant_id, inbox_id, contact_id)`,
  `create index conversation_list on ${S}.conversation (tenant_id, last_activity_at desc, id desc)`,
  `create index conversation_filtered on ${S}.conversation (tenant_id, inbox_id, status, assignee_id, last_activity_at desc, id desc)`,
  ...tenantTable(S, 'conversation', 'select, insert, update'),

  `create table ${S}.conversation_read (
    tenant_id uuid not null,
    conversation_id uuid not null,
    user_id uuid not null,
    inbound_count integer not null,
    read_at timestamptz(3) not null,
    primary key (tenant_id, conversation_id, user_id),
    foreign key (tenant_id, conversation_id) references ${S}.conversation (tenant_id, id)
  )`,
  ...tenantTable(S, 'conversation_read', 'select, insert, update', `${TENANT_PREDICATE} and ${USER_PREDICATE}`),

  `create table ${S}.message (
    tenant_id uuid not null,
    id uuid not null,
    conversation_id uuid not null,
    inbox_id uuid not null,
    seq integer not null,
    direction text not null check (direction in ('INBOUND', 'OUTBOUND')),
    type text not null check (type in ('TEXT', 'UNSUPPORTED')),
    text text,
    status text not null check (status in ('RECEIVED', 'QUEUED', 'SENT', 'DELIVERED', 'READ', 'FAILED', 'UNCONFIRMED')),
    author_kind text not null check (author_kind in ('CONTACT', 'USER')),
    author_id uuid not null,
    external_id text,
    error_code text,
    error_title text,
    raw jsonb,
    sent_at timestamptz(3) not null,
    created_at timestamptz(3) not null,
    primary key (tenant_id, id),
    unique (tenant_id, conversation_id, seq),
    foreign key (tenant_id, conversation_id) references ${S}.conversation (tenant_id, id)
  ) with (fillfactor = 80)`,
  `create unique index message_external on ${S}.message (tenant_id, inbox_id, external_id) where external_id is not null`,
  ...tenantTable(S, 'message', 'select, insert, update'),

  `create table ${S}.delivery_status (
    tenant_id uuid not null,
    inbox_id uuid not null,
    external_id text not null,
    state text not null check (state in ('SENT', 'DELIVERED', 'READ', 'FAILED')),
    occurred_at timestamptz(3) not null,
    error_code text,
    error_title text,
    primary key (tenant_id, inbox_id, external_id, state),
    foreign key (tenant_id, inbox_id) references ${S}.inbox (tenant_id, id)
  )`,
  ...tenantTable(S, 'delivery_status', 'select, insert'),

  `create table ${S}.send_request (
    tenant_id uuid not null,
    user_id uuid not null,
    idempotency_key text not null,
    request_hash text not null,
    message_id uuid not null,
    created_at timestamptz(3) not null,
    primary key (tenant_id, user_id, idempotency_key),
    foreign key (tenant_id, message_id) references ${S}.message (tenant_id, id) deferrable initially deferred
  )`,
  ...tenantTable(S, 'send_request', 'select, insert', `${TENANT_PREDICATE} and ${USER_PREDICATE}`),

  `create table ${S}.outbound (
    tenant_id uuid not null,
    message_id uuid not null,
    conversation_id uuid not null,
    inbox_id uuid not null,
    seq integer not null,
    state text not null check (state in ('INTENT', 'ATTEMPTED', 'RETRY', 'ACCEPTED', 'REFUSED', 'UNCONFIRMED')),
    attempts integer not null default 0,
    attempted_at timestamptz(3),
    next_attempt_at timestamptz(3) not null,
    refusal text,
    created_at timestamptz(3) not null,
    primary key (tenant_id, message_id),
    foreign key (tenant_id, message_id) references ${S}.message (tenant_id, id)
  ) with (fillfactor = 80)`,
  `create index outbound_open on ${S}.outbound (tenant_id, conversation_id, seq) where state in ('INTENT', 'ATTEMPTED', 'RETRY')`,
  `create index outbound_due on ${S}.outbound (next_attempt_at) where state in ('INTENT', 'ATTEMPTED', 'RETRY')`,
  ...tenantTable(S, 'outbound', 'select, insert, update'),

  `create table ${S}.webhook_delivery (
    tenant_id uuid not null,
    id uuid not null,
    inbox_id uuid not null,
    key text not null,
    body bytea not null,
    status text not null check (status in ('RECEIVED', 'PROCESSED', 'FAILED')),
    attempts integer not null default 0,
    error text,
    correlation_id text not null,
    received_at timestamptz(3) not null,
    processed_at timestamptz(3),
    primary key (tenant_id, id),
    unique (tenant_id, inbox_id, key),
    foreign key (tenant_id, inbox_id) references ${S}.inbox (tenant_id, id)
  )`,
  `create index webhook_delivery_waiting on ${S}.webhook_delivery (received_at) where status = 'RECEIVED'`,
  ...tenantTable(S, 'webhook_delivery', 'select, insert, update'),

  `create table ${S}.webhook_refusal (
    inbox_id uuid not null,
    reason text not null,
    minute timestamptz(3) not null,
    count integer not null default 1,
    primary key (inbox_id, reason, minute)
  )`,
  ...platformTable(S, 'webhook_refusal', 'select, insert, update'),
]);
