// Where parties are received: venues, their areas, tables and combinations of tables, when they are open, and what is blocked.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'commerce';
const PARTY = 'check (min_party >= 1 and max_party >= min_party and max_party <= 1000)';

export const venue = sqlMigration('20261129-105-venue', [
  `create table ${S}.venue (
    tenant_id uuid not null,
    id uuid not null,
    name text not null check (name <> ''),
    time_zone text not null,
    slot_minutes integer not null check (slot_minutes between 5 and 240),
    lead_minutes integer not null check (lead_minutes between 0 and 43200),
    cancel_minutes integer not null check (cancel_minutes between 0 and 43200),
    days_ahead integer not null check (days_ahead between 1 and 730),
    confirms_by_hand boolean not null,
    stays jsonb not null check (jsonb_typeof(stays) = 'array'),
    created_at timestamptz(3) not null,
    archived_at timestamptz(3),
    primary key (tenant_id, id)
  )`,
  ...tenantTable(S, 'venue', 'select, insert, update'),

  `create table ${S}.area (
    tenant_id uuid not null,
    id uuid not null,
    venue_id uuid not null,
    name text not null check (name <> ''),
    created_at timestamptz(3) not null,
    archived_at timestamptz(3),
    primary key (tenant_id, id),
    unique (tenant_id, venue_id, id),
    foreign key (tenant_id, venue_id) references ${S}.venue (tenant_id, id)
  )`,
  `create unique index area_name on ${S}.area (tenant_id, venue_id, lower(name)) where archived_at is null`,
  ...tenantTable(S, 'area', 'select, insert, update'),

  // What a table's area is, is of the same venue: the key says so.
  `create table ${S}.dining_table (
    tenant_id uuid not null,
    id uuid not null,
    venue_id uuid not null,
    area_id uuid not null,
    name text not null check (name <> ''),
    min_party integer not null,
    max_party integer not null,
    created_at timestamptz(3) not null,
    archived_at timestamptz(3),
    primary key (tenant_id, id),
    unique (tenant_id, venue_id, id),
    foreign key (tenant_id, venue_id, area_id) references ${S}.area (tenant_id, venue_id, id),
    ${PARTY}
  )`,
  `create unique index dining_table_name on ${S}.dining_table (tenant_id, venue_id, lower(name)) where archived_at is null`,
  ...tenantTable(S, 'dining_table', 'select, insert, update'),

  `create table ${S}.table_combination (
    tenant_id uuid not null,
    id uuid not null,
    venue_id uuid not null,
    name text not null check (name <> ''),
    min_party integer not null,
    max_party integer not null,
    created_at timestamptz(3) not null,
    archived_at timestamptz(3),
    primary key (tenant_id, id),
    unique (tenant_id, venue_id, id),
    foreign key (tenant_id, venue_id) references ${S}.venue (tenant_id, id),
    ${PARTY}
  )`,
  `create unique index table_combination_name on ${S}.table_combination (tenant_id, venue_id, lower(name)) where archived_at is null`,
  ...tenantTable(S, 'table_combination', 'select, insert, update'),
  `create table ${S}.combined_table (
    tenant_id uuid not null,
    combination_id uuid not null,
    table_id uuid not null,
    venue_id uuid not null,
    primary key (tenant_id, combination_id, table_id),
    foreign key (tenant_id, venue_id, combination_id) references ${S}.table_combination (tenant_id, venue_id, id),
    foreign key (tenant_id, venue_id, table_id) references ${S}.dining_table (tenant_id, venue_id, id)
  )`,
  ...tenantTable(S, 'combined_table', 'select, insert'),

  // Minutes of the wall clock after midnight; a night that ends the next day closes after 1440. A day without hours has one row that says so.
  `create table ${S}.opening (
    tenant_id uuid not null,
    id uuid not null,
    venue_id uuid not null,
    weekday integer check (weekday between 1 and 7),
    day date,
    opens integer check (opens between 0 and 1439),
    closes integer,
    primary key (tenant_id, id),
    foreign key (tenant_id, venue_id) references ${S}.venue (tenant_id, id),
    check (num_nonnulls(weekday, day) = 1),
    check ((opens is null) = (closes is null) and (opens is not null or day is not null)),
    check (closes > opens and closes <= opens + 1440),
    constraint opening_week exclude using gist (tenant_id with =, venue_id with =, weekday with =, int4range(opens, closes) with &&) where (weekday is not null),
    constraint opening_day exclude using gist (tenant_id with =, venue_id with =, day with =, int4range(opens, closes) with &&) where (day is not null)
  )`,
  `create index opening_venue on ${S}.opening (tenant_id, venue_id)`,
  ...tenantTable(S, 'opening', 'select, insert, delete'),

  `create table ${S}.blocked_period (
    tenant_id uuid not null,
    id uuid not null,
    venue_id uuid not null,
    table_id uuid,
    starts_at timestamptz(3) not null,
    ends_at timestamptz(3) not null,
    reason text,
    created_at timestamptz(3) not null,
    primary key (tenant_id, id),
    foreign key (tenant_id, venue_id) references ${S}.venue (tenant_id, id),
    foreign key (tenant_id, venue_id, table_id) references ${S}.dining_table (tenant_id, venue_id, id),
    check (ends_at > starts_at)
  )`,
  `create index blocked_period_end on ${S}.blocked_period (tenant_id, venue_id, ends_at, id)`,
  ...tenantTable(S, 'blocked_period', 'select, insert, delete'),
]);
