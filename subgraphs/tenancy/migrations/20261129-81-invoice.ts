// Invoices with their lines, and what owners were told of their use.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'tenancy';

export const invoice = sqlMigration('20261129-81-invoice', [
  // Numbers are drawn under the lock of this row, and given back with everything else by a change that fails: no gaps.
  `alter table ${S}.tenant_plan add column invoices integer not null default 0, add column invoiced_until timestamptz(3)`,
  `alter table ${S}.tenant_plan no force row level security`,
  // Months before there were plans, and the one under way, are charged to nobody.
  `update ${S}.tenant_plan set invoiced_until = (select min(at) from generate_series(1, 12000) n,
    lateral (select ((anchor at time zone 'UTC') + make_interval(months => n)) at time zone 'UTC' as at) month where at > now())
    where plan is not null and plan <> 'CUSTOM'`,
  `alter table ${S}.tenant_plan force row level security`,
  `create index tenant_plan_due on ${S}.tenant_plan (invoiced_until) where invoiced_until is not null`,

  `create table ${S}.invoice (
    tenant_id uuid not null,
    id uuid not null,
    number integer not null check (number > 0),
    kind text not null check (kind in ('MONTH', 'CHANGE')),
    starts_at timestamptz(3) not null,
    ends_at timestamptz(3) not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    total_minor bigint not null,
    issued_at timestamptz(3) not null,
    primary key (tenant_id, id),
    unique (tenant_id, number)
  )`,
  // A month is charged once.
  `create unique index invoice_month on ${S}.invoice (tenant_id, starts_at) where kind = 'MONTH'`,
  ...tenantTable(S, 'invoice', 'select, insert'),
  `create table ${S}.invoice_line (
    tenant_id uuid not null,
    invoice_id uuid not null,
    position integer not null,
    kind text not null check (kind in ('PLAN', 'CREDIT', 'OVERAGE')),
    plan text,
    quantity bigint not null check (quantity > 0),
    amount_minor bigint not null,
    primary key (tenant_id, invoice_id, position),
    foreign key (tenant_id, invoice_id) references ${S}.invoice (tenant_id, id) on delete cascade
  )`,
  ...tenantTable(S, 'invoice_line', 'select, insert'),

  `create table ${S}.usage_alert (
    tenant_id uuid not null,
    name text not null,
    starts_at timestamptz(3) not null,
    percent integer not null check (percent in (80, 100)),
    payload jsonb,
    announced_at timestamptz(3) not null,
    confirmed_at timestamptz(3),
    primary key (tenant_id, name, starts_at, percent)
  )`,
  `create index usage_alert_open on ${S}.usage_alert (announced_at) where confirmed_at is null and payload is not null`,
  ...tenantTable(S, 'usage_alert', 'select, insert, update'),
]);
