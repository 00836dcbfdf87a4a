// Who waits for a table, and what guests are to be reminded of.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'commerce';

export const waitlist = sqlMigration('20261129-107-waitlist', [
  `create table ${S}.waitlist_entry (
    tenant_id uuid not null,
    id uuid not null,
    venue_id uuid not null,
    status text not null check (status in ('WAITING', 'OFFERED', 'ACCEPTED', 'LAPSED', 'LEFT')),
    party_size integer not null check (party_size between 1 and 1000),
    earliest_at timestamptz(3) not null,
    latest_at timestamptz(3) not null,
    customer_id uuid,
    conversation_id uuid,
    guest_name text,
    reservation_id uuid,
    offered_until timestamptz(3),
    looked_at timestamptz(3) not null,
    idempotency_key text not null,
    request_hash text not null,
    created_at timestamptz(3) not null,
    primary key (tenant_id, id),
    unique (tenant_id, idempotency_key),
    unique (tenant_id, reservation_id),
    foreign key (tenant_id, venue_id) references ${S}.venue (tenant_id, id),
    constraint waitlist_customer foreign key (tenant_id, customer_id) references ${S}.customer (tenant_id, id) on delete restrict,
    foreign key (tenant_id, reservation_id) references ${S}.reservation (tenant_id, id),
    check (latest_at >= earliest_at and latest_at <= earliest_at + interval '1 day'),
    check ((status = 'OFFERED') = (offered_until is not null))
  )`,
  `create index waitlist_oldest on ${S}.waitlist_entry (tenant_id, venue_id, id) where status in ('WAITING', 'OFFERED')`,
  `create index waitlist_looked on ${S}.waitlist_entry (looked_at) where status = 'WAITING'`,
  ...tenantTable(S, 'waitlist_entry', 'select, insert, update'),

  `create table ${S}.reservation_reminder (
    tenant_id uuid not null,
    reservation_id uuid not null,
    kind text not null check (kind in ('H24', 'H2')),
    due_at timestamptz(3) not null,
    sent_at timestamptz(3),
    primary key (tenant_id, reservation_id, kind),
    foreign key (tenant_id, reservation_id) references ${S}.reservation (tenant_id, id)
  )`,
  `create index reservation_reminder_due on ${S}.reservation_reminder (due_at) where sent_at is null`,
  ...tenantTable(S, 'reservation_reminder', 'select, insert, update, delete'),
]);
