// An order that was made at a till while we could not be asked is brought in: once for each name it has there, at the prices it was sold at.
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { ErrorCode, invalidInput, Refusal } from '../../kernel/base/errors.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { holdCustomer } from '../customer/customer.hold.js';
import { OrderChanged } from '../order/order.events.js';
import { addValue } from '../order/order.move.js';
import { nextNumber } from '../order/order.place.js';
import { actorId } from '../request/request.js';
import { takeSold } from '../stock/stock.take.js';
import { soldOrder, type SoldOrder } from './order-import.given.js';
import type { OrderImportInput } from './order-import.inputs.js';

export interface Imported { id: string; repeated: boolean }

/**
 * Holds in this order: the name, the walk-in customer, stock by variant, the tenant's counter, as whoever places an order.
 * @throws Refusal InputInvalid, CustomerNotFound
 */
export function importOrder(context: OperationContext, input: OrderImportInput): Promise<Imported> {
  const { tenantId } = context;
  const sold = soldOrder(input, context.deps.clock.now());
  return context.mutate(async (unit, audit) => {
    const id = newId();
    audit.draft = { ...audit.draft, resource: { type: 'Order', id: null } };
    const earlier = await name(unit, tenantId, id, sold);
    if (earlier !== null) {
      audit.draft = { ...audit.draft, resource: { type: 'Order', id: earlier }, after: { repeated: true } };
      return { id: earlier, repeated: true };
    }
    const variants = await variantsOf(unit, sold);
    const buyerId = sold.customerId ?? await walkIn(unit, tenantId, sold.source);
    if (sold.customerId !== null) await holdCustomer(unit, sold.customerId, ['input', 'customerId']);
    const counted = Map.groupBy(variants.filter(({ tracks }) => tracks), ({ variantId }) => variantId);
    const taken = [...counted].map(([variantId, of]) => ({ variantId, quantity: of.reduce((all, { quantity }) => all + quantity, 0) }));
    await takeSold(unit, { tenantId, orderId: id, actorId: actorId(context), taken });
    const number = await nextNumber(unit, tenantId);
    // One that was merged has become another, whose order it is.
    const customerId = await write(unit, context, { id, number, buyerId, sold, variants });
    if (sold.fulfillmentStatus === 'COMPLETED') await addValue(unit, tenantId, { customerId, currency: sold.currency, totalMinor: sold.totalMinor });
    // Not that it was placed: whoever prints what is placed would print what they have sold.
    unit.emit(OrderChanged, { orderId: id }, { streamId: id });
    const { source, externalId, fulfillmentStatus, currency, totalMinor } = sold;
    audit.draft = { ...audit.draft, resource: { type: 'Order', id }, after: { number, source, externalId, fulfillmentStatus, currency, totalMinor, customerId: encodeId('cust', customerId) } };
    return { id, repeated: false };
  });
}

/** One at the same moment waits here for the other's commit. @returns the order of an equal earlier one; null: this is the first @throws Refusal InputInvalid when the name was used for another order */
async function name({ tx, now }: UnitOfWork, tenantId: string, orderId: string, sold: SoldOrder): Promise<string | null> {
  const db = tx.getKysely();
  const { source, externalId } = sold;
  const hash = createHash('sha256').update(JSON.stringify(sold)).digest('hex');
  const { rows: [taken] } = await sql`insert into commerce.order_import (tenant_id, source, external_id, order_id, request_hash, imported_at)
    values (${tenantId}::uuid, ${source}, ${externalId}, ${orderId}::uuid, ${hash}, ${now}) on conflict (tenant_id, source, external_id) do nothing returning order_id`.execute(db);
  if (taken) return null;
  const { rows: [known] } = await sql<{ orderId: string; hash: string }>`select order_id as "orderId", request_hash as hash from commerce.order_import
    where tenant_id = ${tenantId}::uuid and source = ${source} and external_id = ${externalId}`.execute(db);
  if (known?.hash === hash) return known.orderId;
  throw new Refusal('InputInvalid', ErrorCode.IDEMPOTENCY_MISMATCH, 'Another order of this source was brought in by this name.', ['input', 'externalId']);
}

interface SoldVariant { variantId: string; productId: string; name: string; variantName: string | null; tracks: boolean; quantity: number }

/** One for each line. @throws Refusal InputInvalid */
async function variantsOf({ tx }: UnitOfWork, { lines }: SoldOrder): Promise<SoldVariant[]> {
  const { rows } = await sql<Omit<SoldVariant, 'quantity'> & { sku: string }>`select v.id as "variantId", v.sku, v.product_id as "productId", p.name, v.name as "variantName", v.tracks_inventory as tracks
    from commerce.variant v join commerce.product p on p.tenant_id = v.tenant_id and p.id = v.product_id
    where v.sku = any (${lines.map(({ sku }) => sku)}::text[]) order by v.id for key share of v`.execute(tx.getKysely());
  const bySku = new Map(rows.map((row) => [row.sku, row]));
  return lines.map(({ sku, quantity }, place) => {
    const found = bySku.get(sku);
    if (!found) throw invalidInput('No variant of yours has this SKU.', ['input', 'lines', String(place), 'sku']);
    return { ...found, quantity };
  });
}

/** Of a source, the customer of all who did not say who they are. */
async function walkIn({ tx, now }: UnitOfWork, tenantId: string, source: string): Promise<string> {
  const db = tx.getKysely();
  const id = newId();
  const { rows: [made] } = await sql`insert into commerce.walk_in (tenant_id, source, customer_id) values (${tenantId}::uuid, ${source}, ${id}::uuid)
    on conflict (tenant_id, source) do nothing returning customer_id`.execute(db);
  if (made) {
    await sql`insert into commerce.customer (tenant_id, id, name, created_at) values (${tenantId}::uuid, ${id}::uuid, ${`Walk-in, ${source}`}, ${now})`.execute(db);
    return id;
  }
  const { rows: [known] } = await sql<{ id: string }>`select customer_id as id from commerce.walk_in where tenant_id = ${tenantId}::uuid and source = ${source}`.execute(db);
  if (!known) throw new Error('The walk-in customer of a source is not there.');
  return known.id;
}

/** @returns whose order it is */
async function write({ tx, now }: UnitOfWork, context: OperationContext, { id, number, buyerId, sold, variants }: { id: string; number: number; buyerId: string; sold: SoldOrder; variants: readonly SoldVariant[] }): Promise<string> {
  const { tenantId } = context;
  const db = tx.getKysely();
  const { rows: [order] } = await sql<{ customerId: string }>`insert into commerce.sales_order (tenant_id, id, customer_id, number, fulfillment_status, charge_status, refund_status, currency, total_minor, subtotal_minor, discount_minor, tax_minor, tip_minor,
      prices_include_tax, fulfillment, address, note, placed_at, created_at)
    values (${tenantId}::uuid, ${id}::uuid, ${buyerId}::uuid, ${number}, ${sold.fulfillmentStatus}, 'NONE', 'NONE', ${sold.currency}, ${sold.totalMinor}::bigint, ${sold.subtotalMinor}::bigint, ${sold.discountMinor}::bigint,
      ${sold.taxMinor}::bigint, ${sold.tipMinor}::bigint, ${sold.pricesIncludeTax}, ${sold.fulfillment}, ${sold.address}::text, ${sold.note}::text, ${sold.placedAt}, ${now}) returning customer_id as "customerId"`.execute(db);
  const lines = sold.lines.map((line, place) => ({ ...line, ...variants[place], id: newId() }));
  await sql`insert into commerce.order_line (tenant_id, id, order_id, product_id, variant_id, sku, name, variant_name, quantity, unit_minor, choices, note, tax_rate_ppm, discount_minor, tax_minor, total_minor)
    select ${tenantId}::uuid, l.id, ${id}::uuid, l."productId", l."variantId", l.sku, l.name, l."variantName", l.quantity, l."unitMinor", l.choices, l.note, l."taxRatePpm", l."discountMinor", l."taxMinor", l."totalMinor"
    from jsonb_to_recordset(${JSON.stringify(lines)}::jsonb) l(id uuid, "productId" uuid, "variantId" uuid, sku text, name text, "variantName" text, quantity int, "unitMinor" bigint, choices jsonb,
      note text, "taxRatePpm" int, "discountMinor" bigint, "taxMinor" bigint, "totalMinor" bigint)`.execute(db);
  await sql`insert into commerce.order_event (tenant_id, order_id, seq, from_status, to_status, actor_id, created_at)
    values (${tenantId}::uuid, ${id}::uuid, 1, 'DRAFT', 'PLACED', ${actorId(context)}::uuid, ${sold.placedAt}), (${tenantId}::uuid, ${id}::uuid, 2, 'PLACED', ${sold.fulfillmentStatus}, ${actorId(context)}::uuid, ${now})`.execute(db);
  if (!order) throw new Error('An order that was brought in is not there.');
  return order.customerId;
}
