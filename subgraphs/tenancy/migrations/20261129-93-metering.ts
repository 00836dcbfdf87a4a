// What several subgraphs count of the same thing, and a third one that counts.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { recountedQuotas } from '../../kernel/data/quota-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'tenancy';

export const metering = sqlMigration('20261129-93-metering', [
  ...recountedQuotas(S),
  `create table ${S}.usage_part (
    tenant_id uuid not null,
    name text not null,
    starts_at timestamptz(3) not null,
    consumer text not null,
    used bigint not null check (used >= 0),
    over bigint not null check (over >= 0),
    revision bigint not null,
    primary key (tenant_id, name, starts_at, consumer)
  )`,
  ...tenantTable(S, 'usage_part', 'select, insert, update'),
  // Compliance is told until it says that it has the limits of now.
  `alter table ${S}.tenant_plan no force row level security`,
  `alter table ${S}.limit_delivery no force row level security`,
  `insert into ${S}.limit_delivery (tenant_id, consumer, wanted, announced_at) select tenant_id, 'compliance', version, anchor from ${S}.tenant_plan`,
  `alter table ${S}.tenant_plan force row level security`,
  `alter table ${S}.limit_delivery force row level security`,
]);
