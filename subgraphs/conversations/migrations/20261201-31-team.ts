// Teams of staff, who is in them, and which conversations are theirs.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'conversations';

export const team = sqlMigration('20261201-31-team', [
  `create table ${S}.team (
    tenant_id uuid not null,
    id uuid not null,
    name text not null check (char_length(name) between 1 and 100),
    folded text not null check (char_length(folded) > 0),
    description text check (char_length(description) between 1 and 200),
    created_at timestamptz(3) not null,
    primary key (tenant_id, id),
    constraint team_name unique (tenant_id, folded)
  )`,
  ...tenantTable(S, 'team', 'select, insert, update, delete'),

  `create table ${S}.team_member (
    tenant_id uuid not null,
    team_id uuid not null,
    user_id uuid not null,
    added_at timestamptz(3) not null,
    primary key (tenant_id, team_id, user_id),
    foreign key (tenant_id, team_id) references ${S}.team (tenant_id, id) on delete cascade,
    foreign key (tenant_id, user_id) references ${S}.colleague (tenant_id, user_id)
  )`,
  // Somebody who leaves leaves all of them.
  `create index team_member_user on ${S}.team_member (tenant_id, user_id)`,
  ...tenantTable(S, 'team_member', 'select, insert, delete'),

  // A team that goes leaves its conversations; the tenant stays theirs.
  `alter table ${S}.conversation add column team_id uuid,
    add constraint conversation_team foreign key (tenant_id, team_id) references ${S}.team (tenant_id, id) on delete set null (team_id)`,
  `create index conversation_by_team on ${S}.conversation (tenant_id, team_id, status, last_activity_at desc, id desc) where team_id is not null`,
]);
