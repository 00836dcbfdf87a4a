// Maintenance windows that the platform announces: of one tenant, or of everybody.
import { appRole, permissionPredicate, platformTable } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'tenancy';
const NO_TENANT = `(select nullif(current_setting('app.tenant_id', true), '')) is null`;
const OWN = `home = (select nullif(current_setting('app.tenant_id', true), '')::uuid)`;
const PLATFORM = `${permissionPredicate('system:admin')} and ${NO_TENANT}`;

export const maintenanceWindow = sqlMigration('20261129-95-maintenance-window', [
  // \`home\` is whose it is, null everybody's. It goes with its tenant.
  `create table ${S}.maintenance_window (
    id uuid primary key,
    home uuid references ${S}.tenant (tenant_id) on delete cascade,
    starts_at timestamptz(3) not null,
    ends_at timestamptz(3) not null,
    texts jsonb not null check (jsonb_typeof(texts) = 'object' and texts ? 'en' and pg_column_size(texts) < 16384),
    refuses_writes boolean not null,
    cancelled_at timestamptz(3),
    created_at timestamptz(3) not null,
    check (starts_at < ends_at and ends_at <= starts_at + interval '7 days')
  )`,
  `create index maintenance_window_home on ${S}.maintenance_window (home)`,
  `create index maintenance_window_order on ${S}.maintenance_window (starts_at, id)`,
  `create index maintenance_window_open on ${S}.maintenance_window (ends_at) where cancelled_at is null`,
  ...platformTable(S, 'maintenance_window', 'select, insert, update'),
  // A platform table, and walled all the same: what is planned for one tenant is no other's business.
  `alter table ${S}.maintenance_window enable row level security`,
  `alter table ${S}.maintenance_window force row level security`,
  `create policy maintenance_window_read on ${S}.maintenance_window for select to ${appRole(S)} using (home is null or ${OWN} or (${PLATFORM}))`,
  `create policy maintenance_window_insert on ${S}.maintenance_window for insert to ${appRole(S)} with check (${PLATFORM})`,
  `create policy maintenance_window_update on ${S}.maintenance_window for update to ${appRole(S)} using (${PLATFORM}) with check (${PLATFORM})`,
]);
