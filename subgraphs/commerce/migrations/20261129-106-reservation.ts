// Reservations, the tables each takes and what became of it. That no table is taken twice is a constraint of the database, and nothing else.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'commerce';
const STATUS = `status in ('HELD', 'PENDING', 'CONFIRMED', 'ARRIVED', 'SEATED', 'COMPLETED', 'CANCELED', 'DECLINED', 'NO_SHOW', 'EXPIRED')`;
/** Who takes their table away from everybody else. */
const TAKES = `status in ('HELD', 'PENDING', 'CONFIRMED', 'ARRIVED', 'SEATED')`;

export const reservation = sqlMigration('20261129-106-reservation', [
  `create table ${S}.reservation (
    tenant_id uuid not null,
    id uuid not null,
    venue_id uuid not null,
    status text not null check (${STATUS}),
    party_size integer not null check (party_size between 1 and 1000),
    starts_at timestamptz(3) not null,
    ends_at timestamptz(3) not null,
    held_until timestamptz(3),
    customer_id uuid,
    conversation_id uuid,
    guest_name text,
    note text,
    idempotency_key text not null,
    request_hash text not null,
    created_at timestamptz(3) not null,
    primary key (tenant_id, id),
    constraint reservation_key unique (tenant_id, idempotency_key),
    unique (tenant_id, id, venue_id, status, starts_at, ends_at),
    foreign key (tenant_id, venue_id) references ${S}.venue (tenant_id, id),
    constraint reservation_customer foreign key (tenant_id, customer_id) references ${S}.customer (tenant_id, id) on delete restrict,
    check (ends_at > starts_at and ends_at <= starts_at + interval '1 day'),
    check ((status = 'HELD') = (held_until is not null))
  )`,
  `create index reservation_day on ${S}.reservation (tenant_id, venue_id, starts_at, id)`,
  `create index reservation_of_customer on ${S}.reservation (tenant_id, customer_id, starts_at desc, id desc) where customer_id is not null`,
  `create index reservation_of_conversation on ${S}.reservation (tenant_id, conversation_id, starts_at desc, id desc) where conversation_id is not null`,
  `create index reservation_held on ${S}.reservation (held_until) where held_until is not null`,
  ...tenantTable(S, 'reservation', 'select, insert, update'),

  // Status and time are the reservation's own: they follow it by the key, so that no code can let them differ.
  `create table ${S}.reservation_table (
    tenant_id uuid not null,
    reservation_id uuid not null,
    table_id uuid not null,
    venue_id uuid not null,
    status text not null,
    starts_at timestamptz(3) not null,
    ends_at timestamptz(3) not null,
    during tstzrange not null generated always as (tstzrange(starts_at, ends_at)) stored,
    primary key (tenant_id, reservation_id, table_id),
    foreign key (tenant_id, reservation_id, venue_id, status, starts_at, ends_at)
      references ${S}.reservation (tenant_id, id, venue_id, status, starts_at, ends_at) on update cascade,
    foreign key (tenant_id, venue_id, table_id) references ${S}.dining_table (tenant_id, venue_id, id),
    constraint reservation_table_alone exclude using gist (tenant_id with =, table_id with =, during with &&) where (${TAKES})
  )`,
  // Operators of ranges are not leakproof, so that behind a policy they use no index; those of instants are, and do.
  `create index reservation_table_busy on ${S}.reservation_table (tenant_id, venue_id, starts_at) where ${TAKES}`,
  ...tenantTable(S, 'reservation_table', 'select, insert, delete'),

  `create table ${S}.reservation_event (
    tenant_id uuid not null,
    id uuid not null,
    reservation_id uuid not null,
    from_status text,
    to_status text not null,
    starts_at timestamptz(3) not null,
    actor text,
    reason text,
    at timestamptz(3) not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, reservation_id) references ${S}.reservation (tenant_id, id)
  )`,
  `create index reservation_event_of on ${S}.reservation_event (tenant_id, reservation_id, id)`,
  ...tenantTable(S, 'reservation_event', 'select, insert'),
]);
