// A cart becomes an order: once for each key, priced as the catalogue is now, its goods promised in the same transaction.
import { sql } from 'kysely';
import { ErrorCode, invalidInput, Refusal } from '../../kernel/base/errors.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { linesOfCarts, priceCart, type CartLine } from '../cart/cart.lines.js';
import { CART_COLUMNS, type CartRow } from '../cart/cart.loaders.js';
import { placedAlready, unsellable } from '../cart/cart.service.js';
import { totalsOf } from '../cart/cart.totals.js';
import { keyOf } from '../given.js';
import type { MoneyInput } from '../money/money.input.js';
import type { Priced } from '../pricing/pricing.js';
import { actorId, claim } from '../request/request.js';
import { shopOf, type ShopFacts } from '../shop/shop.service.js';
import { noteReservations, reserve, type Wanted } from '../stock/stock.ledger.js';
import { db } from '../tables.js';
import { discountOf, takeVoucher, unusable, voucherOf, type VoucherRow } from '../voucher/voucher.service.js';
import { OrderChanged, OrderPlaced } from './order.events.js';
import { expireFor } from './order.expiry.js';
import { outOfStock } from './order.shortage.js';

const CART = ['input', 'cartId'];

export interface Placing {
  cartId: string;
  expectedTotal: MoneyInput | null;
  idempotencyKey: string;
}

/**
 * Holds in this order: the key, the cart, stock by variant, the voucher, the tenant's counter; whoever moves an order on holds it, then stock, then its voucher.
 * @returns the order: the new one, or the one an equal earlier request made
 * @throws Refusal CartNotFound, CartPlaced, LineUnsellable, TotalChanged, VoucherUnusable, OutOfStock, InputInvalid
 */
export function placeOrder(context: OperationContext, { cartId, expectedTotal, idempotencyKey }: Placing): Promise<string> {
  const { tenantId } = context;
  const key = keyOf(idempotencyKey);
  return context.mutate(async (unit, audit) => {
    const id = newId();
    audit.draft = { ...audit.draft, resource: { type: 'Order', id: null } };
    const said = ['orderPlace', cartId, expectedTotal === null ? null : [String(expectedTotal.minor), expectedTotal.currency]];
    const earlier = await claim(unit, context, { idempotencyKey: key, said, resultId: id });
    if (earlier !== null) {
      audit.draft = { ...audit.draft, resource: { type: 'Order', id: earlier }, after: { repeated: true } };
      return earlier;
    }
    const cart = await holdCart(unit, cartId);
    const shop = await shopOf(unit.tx, tenantId);
    const lines = await linesOfCarts(unit.tx, [cartId], unit.now, shop.timeZone);
    const voucher = cart.voucherId === null ? null : await voucherOf(unit.tx, cart.voucherId);
    const priced = pricedOf(cart, lines, { shop, voucher, expected: expectedTotal, now: unit.now });
    const expiresAt = new Date(unit.now.getTime() + shop.holdMinutes * 60_000);
    const wanted = wantedOf(lines);
    await promise(unit, context, { orderId: id, lines, wanted });
    if (voucher) await takeVoucher(unit, tenantId, { voucherId: voucher.id, customerId: cart.customerId }, CART);
    const number = await nextNumber(unit, tenantId);
    await db(unit.tx).insertInto('Order').values({
      tenantId, id, customerId: cart.customerId, number, fulfillmentStatus: 'PLACED', chargeStatus: 'NONE', refundStatus: 'NONE', currency: cart.currency,
      totalMinor: String(priced.totalMinor), subtotalMinor: String(priced.subtotalMinor), discountMinor: String(priced.discountMinor), taxMinor: String(priced.taxMinor), tipMinor: String(priced.tipMinor),
      pricesIncludeTax: shop.pricesIncludeTax, version: 1, cartId, fulfillment: cart.fulfillment, address: cart.address, note: cart.note, voucherId: cart.voucherId, voucherCode: voucher?.code ?? null,
      expiresAt: wanted.length > 0 ? expiresAt : null, placedAt: unit.now, createdAt: unit.now,
    }).execute();
    await writeLines(unit, tenantId, id, lines, priced, shop);
    await noteReservations(unit, { tenantId, orderId: id, wanted, expiresAt });
    await sql`with step as (insert into commerce.order_event (tenant_id, order_id, seq, from_status, to_status, actor_id, created_at)
        values (${tenantId}::uuid, ${id}::uuid, 1, 'DRAFT', 'PLACED', ${actorId(context)}::uuid, ${unit.now}))
      update commerce.cart set order_id = ${id}::uuid, updated_at = ${unit.now} where tenant_id = ${tenantId}::uuid and id = ${cartId}::uuid`.execute(unit.tx.getKysely());
    unit.emit(OrderChanged, { orderId: id }, { streamId: id });
    unit.emit(OrderPlaced, { orderId: id, number, fulfillment: cart.fulfillment, placedAt: unit.now.toISOString() }, { streamId: id });
    audit.draft = {
      ...audit.draft, resource: { type: 'Order', id },
      after: { number, fulfillmentStatus: 'PLACED', currency: cart.currency, totalMinor: String(priced.totalMinor), customerId: encodeId('cust', cart.customerId) },
    };
    return id;
  });
}

type Ready = CartRow & { customerId: string };

/** @throws Refusal CartNotFound, CartPlaced, InputInvalid */
async function holdCart({ tx }: UnitOfWork, id: string): Promise<Ready> {
  const cart = await db(tx).selectFrom('Cart').select(CART_COLUMNS).where('id', '=', id).forUpdate().executeTakeFirst();
  if (!cart) throw new Refusal('CartNotFound', ErrorCode.NOT_FOUND, 'There is no such cart in your tenant.', CART);
  if (cart.orderId !== null) throw placedAlready(CART);
  if (cart.customerId === null) throw invalidInput('Say whose cart it is first (`cartUpdate`).', CART);
  if (cart.fulfillment === 'DELIVERY' && cart.address === null) throw invalidInput('Say where to bring it first (`cartUpdate`).', CART);
  return { ...cart, customerId: cart.customerId };
}

/** @throws Refusal LineUnsellable, VoucherUnusable, TotalChanged, InputInvalid */
function pricedOf(
  { currency, tipMinor }: CartRow, lines: readonly CartLine[], { shop, voucher, expected, now }: { shop: ShopFacts; voucher: VoucherRow | null; expected: MoneyInput | null; now: Date },
): Priced {
  if (lines.length === 0) throw invalidInput('There is nothing in the cart.', CART);
  const problem = lines.find((line) => line.problem !== null)?.problem;
  if (problem) throw unsellable(problem, CART);
  const discount = voucher && discountOf(voucher, currency, now);
  if (voucher && discount === null) throw unusable(CART);
  const priced = priceCart(lines, shop, discount, BigInt(tipMinor));
  if (!priced) throw invalidInput('The cart costs more than can be counted.', CART);
  if (expected !== null && (expected.currency !== currency || expected.minor !== priced.totalMinor)) {
    throw new Refusal('TotalChanged', ErrorCode.WRONG_STATE, 'The cart costs something else than expected: show the customer.', ['input', 'expectedTotal'], { totals: totalsOf(priced, currency) });
  }
  return priced;
}

/** What is counted, by variant. */
function wantedOf(lines: readonly CartLine[]): Wanted[] {
  const byVariant = Map.groupBy(lines.filter(({ tracksInventory }) => tracksInventory), ({ variantId }) => variantId);
  return [...byVariant].map(([variantId, of]) => ({ variantId, quantity: of.reduce((all, { quantity }) => all + quantity, 0) }));
}

/** Of what is short, what orders keep that nobody accepted in time is given free first. @throws Refusal OutOfStock */
async function promise(unit: UnitOfWork, context: OperationContext, { orderId, lines, wanted }: { orderId: string; lines: readonly CartLine[]; wanted: readonly Wanted[] }): Promise<void> {
  const asked = { tenantId: context.tenantId, orderId, actorId: actorId(context) };
  let short = await reserve(unit, { ...asked, wanted });
  if (short.length > 0 && await expireFor(unit, context.tenantId, short.map(({ variantId }) => variantId))) short = await reserve(unit, { ...asked, wanted: short });
  if (short.length === 0) return;
  throw await outOfStock(unit, short, lines, CART);
}

/** Counted by the tenant, without a gap: taken late, for whoever orders next waits for it. */
export async function nextNumber({ tx }: UnitOfWork, tenantId: string): Promise<number> {
  const { rows: [counted] } = await sql<{ last: number }>`insert into commerce.order_counter as c (tenant_id, last)
    values (${tenantId}::uuid, (select coalesce(max(number), 0) + 1 from commerce.sales_order where tenant_id = ${tenantId}::uuid))
    on conflict (tenant_id) do update set last = greatest(c.last + 1, excluded.last) returning last`.execute(tx.getKysely());
  if (!counted) throw new Error('An order got no number.');
  return counted.last;
}

async function writeLines({ tx }: UnitOfWork, tenantId: string, orderId: string, lines: readonly CartLine[], priced: Priced, { taxRatePpm: rate }: ShopFacts): Promise<void> {
  const rows = lines.map(({ productId, variantId, sku, name, variantName, quantity, unitMinor, chosen, note, taxRatePpm }, place) => ({
    id: newId(), productId, variantId, sku, name, variantName, quantity, unitMinor: String(unitMinor), choices: chosen, note, taxRatePpm: taxRatePpm ?? rate,
    discountMinor: String(priced.lines[place]?.discountMinor ?? 0n), taxMinor: String(priced.lines[place]?.taxMinor ?? 0n), totalMinor: String(priced.lines[place]?.totalMinor ?? 0n),
  }));
  await sql`insert into commerce.order_line (tenant_id, id, order_id, product_id, variant_id, sku, name, variant_name, quantity, unit_minor, choices, note, tax_rate_ppm, discount_minor, tax_minor, total_minor)
    select ${tenantId}::uuid, l.id, ${orderId}::uuid, l."productId", l."variantId", l.sku, l.name, l."variantName", l.quantity, l."unitMinor", l.choices, l.note, l."taxRatePpm", l."discountMinor", l."taxMinor", l."totalMinor"
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) l(id uuid, "productId" uuid, "variantId" uuid, sku text, name text, "variantName" text, quantity int, "unitMinor" bigint, choices jsonb,
      note text, "taxRatePpm" int, "discountMinor" bigint, "taxMinor" bigint, "totalMinor" bigint)`.execute(tx.getKysely());
}
