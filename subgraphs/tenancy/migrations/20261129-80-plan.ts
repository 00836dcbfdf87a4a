// Plans, how far limits are in force elsewhere, what is used, bots, and the counters of what is counted here.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { quotaTables } from '../../kernel/data/quota-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'tenancy';
const PLANS = `('STARTUP', 'PROFESSIONAL', 'ENTERPRISE', 'CUSTOM')`;

export const plan = sqlMigration('20261129-80-plan', [
  `create table ${S}.tenant_plan (
    tenant_id uuid primary key references ${S}.tenant (tenant_id) on delete cascade,
    plan text check (plan in ${PLANS}),
    anchor timestamptz(3) not null,
    version integer not null default 1,
    next_tier text check (next_tier in ('FREE', 'STANDARD', 'PROFESSIONAL', 'ENTERPRISE')),
    next_plan text check (next_plan in ${PLANS}),
    next_at timestamptz(3),
    check ((next_tier is null) = (next_at is null)),
    check (next_tier is null or (next_plan is null) = (next_tier = 'FREE'))
  )`,
  `create index tenant_plan_next on ${S}.tenant_plan (next_at) where next_at is not null`,
  `create table ${S}.limit_delivery (
    tenant_id uuid not null references ${S}.tenant_plan (tenant_id) on delete cascade,
    consumer text not null,
    wanted integer not null,
    version integer not null default 0,
    announced_at timestamptz(3) not null,
    primary key (tenant_id, consumer)
  )`,
  `create index limit_delivery_open on ${S}.limit_delivery (announced_at) where version < wanted`,
  // Tenants that are there already: they are announced again and again until everybody has their limits.
  `alter table ${S}.tenant no force row level security`,
  `insert into ${S}.tenant_plan (tenant_id, plan, anchor) select tenant_id, case tier when 'FREE' then null when 'STANDARD' then 'STARTUP' else tier end, created_at from ${S}.tenant`,
  `alter table ${S}.tenant force row level security`,
  `insert into ${S}.limit_delivery (tenant_id, consumer, wanted, announced_at)
    select p.tenant_id, c.consumer, 1, p.anchor from ${S}.tenant_plan p, (values ('identity'), ('conversations')) c(consumer)`,
  ...tenantTable(S, 'tenant_plan', 'select, insert, update'),
  ...tenantTable(S, 'limit_delivery', 'select, insert, update'),
  `grant update (tier) on ${S}.tenant to switchboard_tenancy`,

  `create table ${S}.usage (
    tenant_id uuid not null,
    name text not null,
    starts_at timestamptz(3) not null,
    ends_at timestamptz(3),
    used bigint not null check (used >= 0),
    over bigint not null check (over >= 0),
    revision bigint not null,
    primary key (tenant_id, name, starts_at)
  )`,
  ...tenantTable(S, 'usage', 'select, insert, update'),
  ...quotaTables(S),

  `create table ${S}.bot (
    tenant_id uuid not null,
    id uuid not null,
    name text not null check (length(name) between 1 and 100),
    description text not null check (length(description) <= 500),
    enabled boolean not null,
    created_at timestamptz(3) not null,
    primary key (tenant_id, id)
  )`,
  ...tenantTable(S, 'bot', 'select, insert, update, delete'),
  // An inbox has one bot at most.
  `create table ${S}.bot_inbox (
    tenant_id uuid not null,
    inbox_id uuid not null,
    bot_id uuid not null,
    primary key (tenant_id, inbox_id),
    foreign key (tenant_id, bot_id) references ${S}.bot (tenant_id, id) on delete cascade
  )`,
  `create index bot_inbox_bot on ${S}.bot_inbox (tenant_id, bot_id)`,
  ...tenantTable(S, 'bot_inbox', 'select, insert, update, delete'),
]);
