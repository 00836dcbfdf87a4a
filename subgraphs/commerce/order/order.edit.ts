// A placed order is changed before it is accepted: once for each key, its goods by the difference, its total by the rules it was placed by, and told in its history.
import { sql } from 'kysely';
import { ErrorCode, invalidInput, Refusal } from '../../kernel/base/errors.js';
import { encodeId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { totalsOf } from '../cart/cart.totals.js';
import { keyOf, textOf } from '../given.js';
import type { PayableOrder } from '../payment/payment.rows.js';
import { tellOrder } from '../payment/payment.order.js';
import { priceOf, TooMuch, type Priced } from '../pricing/pricing.js';
import { actorId, claim } from '../request/request.js';
import { shopOf } from '../shop/shop.service.js';
import { keptOf, noteKept, shift, type Kept, type Shift } from '../stock/stock.shift.js';
import { ruleOf, voucherOf } from '../voucher/voucher.service.js';
import { detailsOf, type DetailedOrder } from './order.edit.details.js';
import { givenOf } from './order.edit.given.js';
import type { OrderUpdateInput } from './order.edit.inputs.js';
import { editedLines, lineChanges, type Edited } from './order.edit.lines.js';
import { writeEdit } from './order.edit.write.js';
import { OrderChanged } from './order.events.js';
import { expireFor } from './order.expiry.js';
import { outOfStock } from './order.shortage.js';

const ORDER = ['input', 'orderId'];
const MOST_EDITS = 50;

type EditedOrder = PayableOrder & DetailedOrder & { version: number; voucherId: string | null; pricesIncludeTax: boolean };

/**
 * Holds in this order: the key, the order, stock by variant.
 * @throws Refusal OrderNotFound, OrderNotEditable, OrderVersionChanged, OrderLineNotFound, VariantNotFound, LineUnsellable, TotalChanged, OutOfStock, InputInvalid
 */
export function editOrder(context: OperationContext, orderId: string, input: OrderUpdateInput): Promise<void> {
  const { tenantId } = context;
  const [key, given, reason] = [keyOf(input.idempotencyKey), givenOf(input), textOf(input.reason, ['input', 'reason'], 500)];
  const said = ['orderUpdate', JSON.stringify(input, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value))];
  return context.mutate(async (unit, audit) => {
    audit.draft = { ...audit.draft, resource: { type: 'Order', id: orderId } };
    if (await claim(unit, context, { idempotencyKey: key, said, resultId: orderId }) !== null) {
      audit.draft = { ...audit.draft, after: { repeated: true } };
      return;
    }
    const order = await holdEditable(unit, orderId, input.expectedVersion ?? null);
    const shop = await shopOf(unit.tx, tenantId);
    const lines = await editedLines(unit, { tenantId, orderId, ...order }, given, shop);
    const details = detailsOf(order, given);
    const priced = await pricedBy(unit, order, lines, details.tipMinor);
    checkTotal(input, order, priced);
    const [kept, by] = [await keptOf(unit, orderId), actorId(context)];
    const shifts = shiftsOf(lines, kept);
    await promise(unit, { tenantId, orderId, by, lines, shifts });
    // Somebody is at it: its goods are kept for another while.
    const until = new Date(unit.now.getTime() + shop.holdMinutes * 60_000);
    await noteKept(unit, { tenantId, orderId }, shifts, until);
    const expiresAt = order.chargeStatus === 'NONE' && shifts.some(({ quantity, change }) => quantity + change > 0) ? until : null;
    const changes = { fields: details.fields, lines: lineChanges(lines), currency: order.currency, totalBefore: order.totalMinor, totalAfter: String(priced.totalMinor) };
    await writeEdit(unit, { tenantId, orderId, by, reason, lines, details, priced, expiresAt, changes });
    unit.emit(OrderChanged, { orderId }, { streamId: orderId });
    // What was paid may be all of it by now, or less or more than that.
    if (order.chargeStatus !== 'NONE') await tellOrder(unit, tenantId, { ...order, totalMinor: String(priced.totalMinor) });
    audit.draft = { ...audit.draft, before: { version: order.version, totalMinor: order.totalMinor }, after: { version: order.version + 1, totalMinor: String(priced.totalMinor), fields: details.fields, lines: changes.lines.length } };
  });
}

const notEditable = (hindrance: string, message: string, paymentId: string | null = null): Refusal =>
  new Refusal('OrderNotEditable', ErrorCode.WRONG_STATE, message, ORDER, { hindrance, paymentId: paymentId === null ? null : encodeId('pay', paymentId) });

/** @throws Refusal OrderNotFound, OrderVersionChanged, OrderNotEditable */
async function holdEditable({ tx }: UnitOfWork, id: string, expected: number | null): Promise<EditedOrder> {
  const db = tx.getKysely();
  const { rows: [order] } = await sql<EditedOrder>`select id, number, version, fulfillment_status as "fulfillmentStatus", charge_status as "chargeStatus", refund_status as "refundStatus", currency, total_minor as "totalMinor",
    fulfillment, address, note, tip_minor as "tipMinor", voucher_id as "voucherId", prices_include_tax as "pricesIncludeTax" from commerce.sales_order where id = ${id}::uuid for update`.execute(db);
  if (!order) throw new Refusal('OrderNotFound', ErrorCode.NOT_FOUND, 'There is no such order in your tenant.', ORDER);
  if (order.fulfillmentStatus !== 'PLACED') throw notEditable('NOT_PLACED', `The order is ${order.fulfillmentStatus.toLowerCase()}.`);
  if (order.fulfillment === null) throw notEditable('RECORDED', 'The order was recorded and not placed here.');
  if (expected !== null && expected !== order.version) throw new Refusal('OrderVersionChanged', ErrorCode.WRONG_STATE, 'The order is not as you have seen it: read it again.', ['input', 'expectedVersion'], { version: order.version });
  if (order.version > MOST_EDITS) throw notEditable('TOO_OFTEN', `The order was changed ${MOST_EDITS} times.`);
  // Read once the order is held: whoever begins a payment or gives one back holds it too.
  const { rows: payments } = await sql<{ id: string; open: boolean; back: boolean }>`select id, state not in ('SUCCEEDED', 'CANCELED') as open, refunded_minor > 0 as back from commerce.payment where order_id = ${id}::uuid`.execute(db);
  const open = payments.find((payment) => payment.open);
  if (open) throw notEditable('PAYMENT_OPEN', 'A payment of the order is open: go on with it, or cancel it first.', open.id);
  if (payments.some(({ back }) => back)) throw notEditable('GIVEN_BACK', 'Some of what was paid for the order was given back.');
  return order;
}

/** By the rates, the kind of prices and the voucher it was placed by. @throws Refusal InputInvalid */
async function pricedBy({ tx }: UnitOfWork, { voucherId, currency, pricesIncludeTax }: EditedOrder, { after }: Edited, tipMinor: bigint): Promise<Priced> {
  const voucher = voucherId === null ? null : await voucherOf(tx, voucherId);
  try {
    return priceOf({ lines: after.map(({ unitMinor, quantity, taxRatePpm }) => ({ unitMinor: BigInt(unitMinor), quantity, taxRatePpm })), pricesIncludeTax, discount: voucher && ruleOf(voucher, currency), tipMinor });
  } catch (error) {
    if (error instanceof TooMuch) throw invalidInput('The order would cost more than can be counted.', ['input']);
    throw error;
  }
}

/** @throws Refusal TotalChanged */
function checkTotal({ expectedTotal }: OrderUpdateInput, { currency }: EditedOrder, priced: Priced): void {
  if (!expectedTotal || (expectedTotal.currency === currency && expectedTotal.minor === priced.totalMinor)) return;
  throw new Refusal('TotalChanged', ErrorCode.WRONG_STATE, 'The order would cost something else than expected: show the customer.', ['input', 'expectedTotal'], { totals: totalsOf(priced, currency) });
}

/** All it keeps and will keep: by the difference of its lines. What was not counted when it was ordered is counted by what is wanted besides. */
function shiftsOf({ before, after, counted }: Edited, kept: readonly Kept[]): Shift[] {
  const change = new Map<string, number>();
  for (const { variantId, quantity } of after) change.set(variantId, (change.get(variantId) ?? 0) + quantity);
  for (const { variantId, quantity } of before) change.set(variantId, (change.get(variantId) ?? 0) - quantity);
  const known = new Set(kept.map(({ variantId }) => variantId));
  return [
    // Goods that were not counted when they were ordered are not kept: no more is given back than is.
    ...kept.map((one): Shift => ({ ...one, change: Math.max(-one.quantity, change.get(one.variantId) ?? 0) })),
    ...[...change].filter(([variantId, by]) => by > 0 && !known.has(variantId) && counted.has(variantId)).map(([variantId, by]): Shift => ({ variantId, quantity: 0, state: 'HELD', change: by })),
  ];
}

interface Promising { tenantId: string; orderId: string; by: string; lines: Edited; shifts: readonly Shift[] }

/** @throws Refusal OutOfStock */
async function promise(unit: UnitOfWork, { tenantId, orderId, by, lines, shifts }: Promising): Promise<void> {
  const moving = shifts.filter(({ change }) => change !== 0);
  if (moving.length === 0) return;
  const of = { tenantId, orderId, actorId: by };
  let short = await shift(unit, of, moving);
  const ids = new Set(short.map(({ variantId }) => variantId));
  if (short.length > 0 && await expireFor(unit, tenantId, [...ids], orderId)) short = await shift(unit, of, moving.filter(({ variantId }) => ids.has(variantId)));
  if (short.length > 0) throw await outOfStock(unit, short, lines.after, ['input', lines.after.length > lines.before.length ? 'addLines' : 'updateLines']);
}
