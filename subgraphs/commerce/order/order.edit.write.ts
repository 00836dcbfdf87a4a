// A change of an order is written by one statement: its lines, its row and the step of its history.
import { sql } from 'kysely';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { Priced } from '../pricing/pricing.js';
import type { Details } from './order.edit.details.js';
import type { Edited, LineChanged } from './order.edit.lines.js';

export interface Edit {
  tenantId: string;
  orderId: string;
  by: string;
  reason: string | null;
  lines: Edited;
  details: Details;
  priced: Priced;
  expiresAt: Date | null;
  changes: { fields: string[]; lines: LineChanged[]; currency: string; totalBefore: string; totalAfter: string };
}

const ROW = sql.raw(`l(id uuid, "productId" uuid, "variantId" uuid, sku text, name text, "variantName" text, quantity int, "unitMinor" bigint, choices jsonb, note text, "taxRatePpm" int,
  "discountMinor" bigint, "taxMinor" bigint, "totalMinor" bigint)`);

export async function writeEdit({ tx, now }: UnitOfWork, { tenantId, orderId, by, reason, lines: { before, after }, details, priced, expiresAt, changes }: Edit): Promise<void> {
  const rows = after.map((line, place) => ({
    ...line, discountMinor: String(priced.lines[place]?.discountMinor ?? 0n), taxMinor: String(priced.lines[place]?.taxMinor ?? 0n), totalMinor: String(priced.lines[place]?.totalMinor ?? 0n),
  }));
  const known = new Set(before.map(({ id }) => id));
  const [kept, made] = [rows.filter(({ id }) => known.has(id)), rows.filter(({ id }) => !known.has(id))];
  const gone = before.filter(({ id }) => !rows.some((row) => row.id === id)).map(({ id }) => id);
  const { fulfillment, address, note, tipMinor } = details;
  await sql`with gone as (delete from commerce.order_line where order_id = ${orderId}::uuid and id = any (${gone}::uuid[])),
    kept as (update commerce.order_line o set sku = l.sku, name = l.name, variant_name = l."variantName", quantity = l.quantity, unit_minor = l."unitMinor", choices = l.choices, note = l.note, tax_rate_ppm = l."taxRatePpm",
        discount_minor = l."discountMinor", tax_minor = l."taxMinor", total_minor = l."totalMinor"
      from jsonb_to_recordset(${JSON.stringify(kept)}::jsonb) ${ROW} where o.tenant_id = ${tenantId}::uuid and o.id = l.id and o.order_id = ${orderId}::uuid returning o.id, o.quantity),
    bought as (update commerce.order_line_refund r set bought = kept.quantity from kept where r.tenant_id = ${tenantId}::uuid and r.order_line_id = kept.id),
    made as (insert into commerce.order_line (tenant_id, id, order_id, product_id, variant_id, sku, name, variant_name, quantity, unit_minor, choices, note, tax_rate_ppm, discount_minor, tax_minor, total_minor)
      select ${tenantId}::uuid, l.id, ${orderId}::uuid, l."productId", l."variantId", l.sku, l.name, l."variantName", l.quantity, l."unitMinor", l.choices, l.note, l."taxRatePpm", l."discountMinor", l."taxMinor", l."totalMinor"
      from jsonb_to_recordset(${JSON.stringify(made)}::jsonb) ${ROW}),
    step as (insert into commerce.order_event (tenant_id, order_id, seq, from_status, to_status, reason, actor_id, created_at, changes)
      select ${tenantId}::uuid, ${orderId}::uuid, coalesce(max(seq), 0) + 1, 'PLACED', 'PLACED', ${reason}::text, ${by}::uuid, ${now}, ${JSON.stringify(changes)}::jsonb from commerce.order_event where order_id = ${orderId}::uuid)
    update commerce.sales_order set version = version + 1, total_minor = ${String(priced.totalMinor)}::bigint, subtotal_minor = ${String(priced.subtotalMinor)}::bigint, discount_minor = ${String(priced.discountMinor)}::bigint,
      tax_minor = ${String(priced.taxMinor)}::bigint, tip_minor = ${String(tipMinor)}::bigint, fulfillment = ${fulfillment}, address = ${address}::text, note = ${note}::text, expires_at = ${expiresAt}::timestamptz
    where id = ${orderId}::uuid`.execute(tx.getKysely());
}
