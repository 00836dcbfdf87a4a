// Payments of orders: accounts at providers, what is asked of them, every movement of money, what was given back, what is contested.
import { appRole, platformTable, tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const SAFE = '9007199254740991';

export const payment = sqlMigration('20261130-115-payment', [
  `create table commerce.payment_account (
    tenant_id uuid not null,
    id uuid not null,
    provider text not null check (provider in ('STRIPE')),
    name text not null check (name <> ''),
    key text not null check (key <> ''),
    publishable_key text,
    secrets bytea not null,
    secret_overlap_until timestamptz(3),
    state text not null check (state in ('ACTIVE', 'DISABLED')),
    created_at timestamptz(3) not null,
    primary key (tenant_id, id)
  )`,
  // Of every tenant: it is what a provider calls.
  `create unique index payment_account_key on commerce.payment_account (key)`,
  ...tenantTable('commerce', 'payment_account', 'select, insert, update'),
  // The owner runs the look-up and is subject to forced row-level security itself.
  `create policy payment_account_lookup on commerce.payment_account for select to switchboard_owner using (true)`,
  `create function commerce.payment_account_by_key(wanted text) returns table (tenant_id uuid, id uuid)
    language sql stable security definer set search_path = commerce, pg_temp
    as $$ select a.tenant_id, a.id from commerce.payment_account a where a.key = wanted $$`,
  `revoke all on function commerce.payment_account_by_key(text) from public`,
  `grant execute on function commerce.payment_account_by_key(text) to ${appRole('commerce')}`,

  // What is given back is at most what was taken, whatever code asks for; a refund that is on its way counts.
  `create table commerce.payment (
    tenant_id uuid not null,
    id uuid not null,
    order_id uuid not null,
    provider text not null check (provider in ('STRIPE', 'MANUAL')),
    account_id uuid,
    method text check (method in ('CASH', 'TERMINAL', 'OTHER')),
    state text not null check (state in ('REQUIRES_METHOD', 'REQUIRES_ACTION', 'REQUIRES_CAPTURE', 'PROCESSING', 'SUCCEEDED', 'CANCELED')),
    manual_capture boolean not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    amount_minor bigint not null check (amount_minor between 1 and ${SAFE}),
    captured_minor bigint not null default 0,
    refunded_minor bigint not null default 0,
    external_id text,
    pending text check (pending in ('CREATE', 'CONFIRM', 'CAPTURE', 'CANCEL')),
    pending_minor bigint,
    pending_method text,
    failure_code text,
    version integer not null default 1,
    due_at timestamptz(3),
    attempts integer not null default 0,
    actor_id uuid,
    created_at timestamptz(3) not null,
    primary key (tenant_id, id),
    check ((provider = 'MANUAL') = (account_id is null) and (provider = 'MANUAL') = (method is not null)),
    constraint payment_not_overcaptured check (captured_minor between 0 and amount_minor),
    constraint payment_not_overrefunded check (refunded_minor between 0 and captured_minor),
    foreign key (tenant_id, order_id) references commerce.sales_order (tenant_id, id) on delete cascade,
    foreign key (tenant_id, account_id) references commerce.payment_account (tenant_id, id) on delete restrict
  )`,
  `create index payment_order on commerce.payment (tenant_id, order_id, id)`,
  `create unique index payment_external on commerce.payment (tenant_id, account_id, external_id) where external_id is not null`,
  // A customer is asked to pay in one place at a time.
  `create unique index payment_open on commerce.payment (tenant_id, order_id) where state not in ('SUCCEEDED', 'CANCELED')`,
  `create index payment_due on commerce.payment (due_at) where due_at is not null`,
  ...tenantTable('commerce', 'payment', 'select, insert, update'),

  `create table commerce.payment_refund (
    tenant_id uuid not null,
    id uuid not null,
    payment_id uuid not null,
    minor bigint not null check (minor between 1 and ${SAFE}),
    state text not null check (state in ('PENDING', 'SUCCEEDED', 'FAILED')),
    reason text,
    external_id text,
    failure_code text,
    actor_id uuid,
    created_at timestamptz(3) not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, payment_id) references commerce.payment (tenant_id, id) on delete cascade
  )`,
  `create index payment_refund_payment on commerce.payment_refund (tenant_id, payment_id, id)`,
  `create unique index payment_refund_external on commerce.payment_refund (tenant_id, payment_id, external_id) where external_id is not null`,
  ...tenantTable('commerce', 'payment_refund', 'select, insert, update'),

  `create table commerce.payment_refund_line (
    tenant_id uuid not null,
    refund_id uuid not null,
    order_line_id uuid not null,
    quantity integer not null check (quantity between 1 and 999),
    restock boolean not null,
    primary key (tenant_id, refund_id, order_line_id),
    foreign key (tenant_id, refund_id) references commerce.payment_refund (tenant_id, id) on delete cascade,
    foreign key (tenant_id, order_line_id) references commerce.order_line (tenant_id, id) on delete cascade
  )`,
  ...tenantTable('commerce', 'payment_refund_line', 'select, insert'),

  // How many of a line were given back for, and how much: never more than were bought and paid for.
  `create table commerce.order_line_refund (
    tenant_id uuid not null,
    order_line_id uuid not null,
    bought integer not null,
    refunded integer not null,
    primary key (tenant_id, order_line_id),
    constraint order_line_not_overrefunded check (refunded between 0 and bought),
    foreign key (tenant_id, order_line_id) references commerce.order_line (tenant_id, id) on delete cascade
  )`,
  ...tenantTable('commerce', 'order_line_refund', 'select, insert, update'),

  `create table commerce.payment_dispute (
    tenant_id uuid not null,
    id uuid not null,
    payment_id uuid not null,
    external_id text not null,
    minor bigint not null check (minor between 0 and ${SAFE}),
    reason text not null,
    state text not null check (state in ('OPEN', 'WON', 'LOST')),
    created_at timestamptz(3) not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, payment_id) references commerce.payment (tenant_id, id) on delete cascade
  )`,
  `create unique index payment_dispute_external on commerce.payment_dispute (tenant_id, payment_id, external_id)`,
  ...tenantTable('commerce', 'payment_dispute', 'select, insert, update'),

  // What moved: insert-only, and the sum of it is what the tenant has of a payment.
  `create table commerce.payment_event (
    tenant_id uuid not null,
    payment_id uuid not null,
    seq integer not null,
    kind text not null check (kind in ('CREATED', 'AUTHORIZED', 'CAPTURED', 'CANCELED', 'REFUNDED', 'REFUND_FAILED', 'DISPUTE_OPENED', 'DISPUTE_LOST')),
    minor bigint not null,
    subject_id uuid,
    actor_id uuid,
    created_at timestamptz(3) not null,
    primary key (tenant_id, payment_id, seq),
    check (case kind when 'CAPTURED' then minor > 0 when 'REFUNDED' then minor < 0 when 'REFUND_FAILED' then minor > 0 when 'DISPUTE_LOST' then minor <= 0 else minor = 0 end),
    foreign key (tenant_id, payment_id) references commerce.payment (tenant_id, id) on delete cascade
  )`,
  // However often it is heard of: a payment is charged once, and a refund or dispute counts once.
  `create unique index payment_event_once on commerce.payment_event (tenant_id, payment_id, kind) where subject_id is null`,
  `create unique index payment_event_subject on commerce.payment_event (tenant_id, subject_id, kind) where subject_id is not null`,
  ...tenantTable('commerce', 'payment_event', 'select, insert'),

  // What a provider told: that something happened to an object, and no word of its content. What happened is asked of the provider.
  `create table commerce.payment_webhook (
    tenant_id uuid not null,
    id uuid not null,
    account_id uuid not null,
    event_id text not null,
    type text not null,
    external_id text,
    payment_id uuid,
    state text not null check (state in ('RECEIVED', 'PROCESSED', 'IGNORED')),
    attempts integer not null default 0,
    received_at timestamptz(3) not null,
    due_at timestamptz(3) not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, account_id) references commerce.payment_account (tenant_id, id) on delete cascade
  )`,
  `create unique index payment_webhook_event on commerce.payment_webhook (tenant_id, account_id, event_id)`,
  `create index payment_webhook_waiting on commerce.payment_webhook (due_at) where state = 'RECEIVED'`,
  ...tenantTable('commerce', 'payment_webhook', 'select, insert, update'),

  `create table commerce.payment_webhook_refusal (
    account_id uuid not null,
    reason text not null,
    minute timestamptz(3) not null,
    count integer not null default 1,
    primary key (account_id, reason, minute)
  )`,
  ...platformTable('commerce', 'payment_webhook_refusal', 'select, insert, update'),
]);
