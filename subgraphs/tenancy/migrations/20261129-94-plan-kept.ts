// What a month's end did not change, and which overage is on an invoice.
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'tenancy';

export const planKept = sqlMigration('20261129-94-plan-kept', [
  `alter table ${S}.tenant_plan add column kept jsonb, add check (kept is null or next_at is null)`,
  `alter table ${S}.usage add column billed bigint not null default 0 check (billed >= 0)`,
  `alter table ${S}.usage no force row level security`,
  // Months that are over were told on the invoices that followed them, or are charged to nobody.
  `update ${S}.usage set billed = over where ends_at <= now()`,
  `alter table ${S}.usage force row level security`,
  `alter table ${S}.invoice_line add column starts_at timestamptz(3), add column ends_at timestamptz(3), add check ((starts_at is null) = (ends_at is null))`,
]);
