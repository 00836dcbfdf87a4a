// A placed order is changed before it is accepted, and what nobody accepts in time expires by the clock.
import { appRole } from '../../kernel/data/kernel-tables.js';
import { sqlMigration } from '../../kernel/data/migrate.js';

const S = 'commerce';
/** What was accepted stays as it was bought, whatever code asks for. */
const PLACED = `exists (select from ${S}.sales_order o where o.tenant_id = order_line.tenant_id and o.id = order_line.order_id and o.fulfillment_status = 'PLACED')`;

export const orderEdit = sqlMigration('20261202-11-order-edit', [
  `alter table ${S}.sales_order add column version integer not null default 1`,
  `grant update (version, total_minor, subtotal_minor, discount_minor, tax_minor, tip_minor, fulfillment, address, note) on ${S}.sales_order to ${appRole(S)}`,
  `alter table ${S}.order_event add column changes jsonb`,
  `grant update, delete on ${S}.order_line to ${appRole(S)}`,
  ...['update', 'delete'].map((verb) => `create policy order_line_${verb} on ${S}.order_line as restrictive for ${verb} to ${appRole(S)} using (${PLACED})`),
  `create index sales_order_expiring on ${S}.sales_order (expires_at) where fulfillment_status = 'PLACED' and expires_at is not null`,
  `create index sales_order_expiring_of on ${S}.sales_order (tenant_id, expires_at) where fulfillment_status = 'PLACED' and expires_at is not null`,
  // What money was taken for does not expire.
  `alter table ${S}.sales_order no force row level security`,
  `update ${S}.sales_order set expires_at = null where charge_status <> 'NONE'`,
  `alter table ${S}.sales_order force row level security`,
]);
