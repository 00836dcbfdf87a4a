// Conversations given out by themselves: how an inbox does it, who takes turns in it, and who is there.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';

export const assignment = sqlMigration('20261201-32-assignment', [
  // As identity last said; over by time alone. Whoever said it may be known as a colleague only later.
  `create table ${S}.colleague_presence (
    tenant_id uuid not null,
    user_id uuid not null,
    status text not null check (status in ('ONLINE', 'AWAY', 'BUSY', 'OFFLINE')),
    said_at timestamptz(3) not null,
    ends_at timestamptz(3) not null,
    primary key (tenant_id, user_id)
  ) with (fillfactor = 80)`,
  ...tenantTable(S, 'colleague_presence', 'select, insert, update, delete'),

  `create table ${S}.inbox_assignment (
    tenant_id uuid not null,
    inbox_id uuid not null,
    mode text not null check (mode in ('OFF', 'ROUND_ROBIN', 'BALANCED')),
    pick text not null check (pick in ('EARLIEST_CREATED', 'LONGEST_WAITING')),
    capacity integer check (capacity between 1 and 1000),
    fair_limit integer not null check (fair_limit between 1 and 1000),
    fair_seconds integer not null check (fair_seconds between 60 and 86400),
    oldest_hours integer check (oldest_hours between 1 and 8784),
    looked_at timestamptz(3) not null,
    primary key (tenant_id, inbox_id),
    foreign key (tenant_id, inbox_id) references ${S}.inbox (tenant_id, id),
    constraint inbox_assignment_balanced check (mode <> 'BALANCED' or capacity is not null)
  )`,
  `create index inbox_assignment_due on ${S}.inbox_assignment (looked_at) where mode <> 'OFF'`,
  ...tenantTable(S, 'inbox_assignment', 'select, insert, update'),

  // Whose turn it is: the lowest first. "given" holds the times within the span of the fair limit.
  `create table ${S}.inbox_agent (
    tenant_id uuid not null,
    inbox_id uuid not null,
    user_id uuid not null,
    capacity integer check (capacity between 1 and 1000),
    turn integer not null default 0,
    given timestamptz(3)[] not null default '{}',
    primary key (tenant_id, inbox_id, user_id),
    foreign key (tenant_id, inbox_id) references ${S}.inbox_assignment (tenant_id, inbox_id),
    foreign key (tenant_id, user_id) references ${S}.colleague (tenant_id, user_id)
  )`,
  `create index inbox_agent_user on ${S}.inbox_agent (tenant_id, user_id)`,
  ...tenantTable(S, 'inbox_agent', 'select, insert, update, delete'),

  `create table ${S}.assignment_exclusion (
    tenant_id uuid not null,
    inbox_id uuid not null,
    label_id uuid not null,
    primary key (tenant_id, inbox_id, label_id),
    foreign key (tenant_id, inbox_id) references ${S}.inbox_assignment (tenant_id, inbox_id),
    foreign key (tenant_id, label_id) references ${S}.label (tenant_id, id) on delete cascade
  )`,
  `create index assignment_exclusion_label on ${S}.assignment_exclusion (tenant_id, label_id)`,
  ...tenantTable(S, 'assignment_exclusion', 'select, insert, delete'),

  // What waits for somebody, in either order: ids are made in the order of time.
  `create index conversation_unassigned on ${S}.conversation (tenant_id, inbox_id, id) where status = 'OPEN' and assignee_id is null`,
  `create index conversation_unassigned_waiting on ${S}.conversation (tenant_id, inbox_id, waiting_since, id) where status = 'OPEN' and assignee_id is null`,
]);
