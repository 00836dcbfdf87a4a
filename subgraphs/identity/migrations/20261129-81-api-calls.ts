// Which reports of API calls are counted already: a report may come again.
import { tenantTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'identity';

export const apiCalls = sqlMigration('20261129-81-api-calls', [
  `create table ${S}.api_call_report (
    tenant_id uuid not null,
    id uuid not null,
    counted_at timestamptz(3) not null,
    primary key (tenant_id, id)
  )`,
  `create index api_call_report_age on ${S}.api_call_report (counted_at)`,
  ...tenantTable(S, 'api_call_report', 'select, insert'),
]);
