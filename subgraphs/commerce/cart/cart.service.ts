// Carts: begun and changed. Whoever changes one first takes its next version, which holds it: changes of one cart are one after the other.
import { sql } from 'kysely';
import { ErrorCode, invalidInput, Refusal } from '../../kernel/base/errors.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import type { MutationAudit } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { holdCustomer } from '../customer/customer.hold.js';
import { amountOf, currencyOf, textOf, wholeOf } from '../given.js';
import { noVariant } from '../product/product.service.js';
import { shopOf } from '../shop/shop.service.js';
import { db } from '../tables.js';
import { discountOf, unusable, voucherByCode } from '../voucher/voucher.service.js';
import type { CartCreateInput, CartLineAddInput, CartLineRemoveInput, CartLineUpdateInput, CartUpdateInput } from './cart.inputs.js';
import { linesOfCarts, priceCart } from './cart.lines.js';

export const MOST_LINES = 50;
const MOST_CHOICES = 100;
const CART = ['input', 'cartId'];
const LINE = ['input', 'lineId'];

const noCart = (): Refusal => new Refusal('CartNotFound', ErrorCode.NOT_FOUND, 'There is no such cart in your tenant.', CART);
const noLine = (): Refusal => new Refusal('CartLineNotFound', ErrorCode.NOT_FOUND, 'There is no such line in a cart of your tenant.', LINE);
export const placedAlready = (field: readonly string[]): Refusal => new Refusal('CartPlaced', ErrorCode.WRONG_STATE, 'The cart was ordered: begin another one.', field);
const quantityOf = (quantity: number): number => wholeOf(quantity, ['input', 'quantity'], 1, 999);
const noteOf = (note: string | null | undefined): string | null => textOf(note, ['input', 'note'], 500);

/** @throws Refusal InputInvalid */
function choicesOf(ids: readonly string[]): string[] {
  if (ids.length > MOST_CHOICES) throw invalidInput(`Choose at most ${MOST_CHOICES}.`, ['input', 'choiceIds']);
  return [...new Set(ids.map((id) => inputId('ochc', id, ['input', 'choiceIds'])))];
}

export class CartService {
  /** @throws Refusal InputInvalid, CustomerNotFound */
  create(context: OperationContext, input: CartCreateInput): Promise<string> {
    const { tenantId } = context;
    const customerId = typeof input.customerId === 'string' ? inputId('cust', input.customerId, ['input', 'customerId']) : null;
    const [address, note] = [textOf(input.address, ['input', 'address'], 500), noteOf(input.note)];
    const given = typeof input.currency === 'string' ? currencyOf(input.currency, ['input', 'currency']) : null;
    return context.mutate(async (unit, audit) => {
      const id = newId();
      audit.draft = { ...audit.draft, resource: { type: 'Cart', id } };
      if (customerId !== null) await holdCustomer(unit, customerId, ['input', 'customerId']);
      const currency = given ?? (await shopOf(unit.tx, tenantId)).currency;
      await db(unit.tx).insertInto('Cart').values({
        tenantId, id, customerId, currency, fulfillment: input.fulfillment, address, note, tipMinor: '0', voucherId: null, version: 1, size: 0, orderId: null,
        createdAt: unit.now, updatedAt: unit.now,
      }).execute();
      audit.draft = { ...audit.draft, after: { currency, fulfillment: input.fulfillment } };
      return id;
    });
  }

  /** @throws Refusal CartNotFound, CartPlaced, CartChanged, InputInvalid, CustomerNotFound, VoucherUnusable */
  update(context: OperationContext, id: string, input: CartUpdateInput): Promise<void> {
    const path = (name: string): string[] => ['input', name];
    const customerId = typeof input.customerId === 'string' ? inputId('cust', input.customerId, path('customerId')) : null;
    const given = {
      ...(input.customerId === undefined ? {} : { customerId }),
      ...(input.fulfillment ? { fulfillment: input.fulfillment } : {}),
      ...(input.address === undefined ? {} : { address: textOf(input.address, path('address'), 500) }),
      ...(input.note === undefined ? {} : { note: noteOf(input.note) }),
      ...(input.tip === undefined ? {} : { tipMinor: String(amountOf(input.tip?.minor ?? 0n, ['input', 'tip', 'minor'])) }),
    };
    return this.#change(context, id, input.expectedVersion, 0, async (unit, { currency }, audit) => {
      if (customerId !== null) await holdCustomer(unit, customerId, path('customerId'));
      if (input.tip && input.tip.currency !== currency) throw invalidInput(`The cart is in ${currency}.`, ['input', 'tip', 'currency']);
      const voucher = typeof input.voucherCode === 'string' ? await voucherByCode(unit.tx, input.voucherCode) : null;
      if (typeof input.voucherCode === 'string' && (voucher === null || discountOf(voucher, currency, unit.now) === null)) throw unusable(path('voucherCode'));
      const all = { ...given, ...(input.voucherCode === undefined ? {} : { voucherId: voucher?.id ?? null }) };
      if (Object.keys(all).length > 0) await db(unit.tx).updateTable('Cart').set(all).where('id', '=', id).execute();
      audit.draft = { ...audit.draft, after: { fields: Object.keys(all).toSorted() } };
    });
  }

  /** @throws Refusal CartNotFound, CartPlaced, CartChanged, CartFull, VariantNotFound, LineUnsellable, InputInvalid */
  addLine(context: OperationContext, cartId: string, variantId: string, input: CartLineAddInput): Promise<void> {
    const [quantity, note, choiceIds] = [quantityOf(input.quantity), noteOf(input.note), choicesOf(input.choiceIds ?? [])];
    return this.#change(context, cartId, input.expectedVersion, 1, async (unit, _cart, audit) => {
      const id = newId();
      const { rows } = await sql`insert into commerce.cart_line (tenant_id, id, cart_id, variant_id, quantity, choice_ids, note)
        select v.tenant_id, ${id}::uuid, ${cartId}::uuid, v.id, ${quantity}, ${choiceIds}::uuid[], ${note}::text from commerce.variant v where v.id = ${variantId}::uuid returning 1`.execute(unit.tx.getKysely());
      if (rows.length === 0) throw noVariant();
      await this.#requireSellable(context, unit, cartId, id, ['input', 'variantId']);
      audit.draft = { ...audit.draft, after: { line: encodeId('cline', id), variant: encodeId('vrnt', variantId), quantity } };
    });
  }

  /** @throws Refusal CartLineNotFound, CartPlaced, CartChanged, LineUnsellable, InputInvalid @returns the cart */
  async updateLine(context: OperationContext, lineId: string, input: CartLineUpdateInput): Promise<string> {
    const quantity = typeof input.quantity === 'number' ? quantityOf(input.quantity) : null;
    const choiceIds = input.choiceIds ? choicesOf(input.choiceIds) : null;
    const note = noteOf(input.note);
    return this.#changeLine(context, lineId, input.expectedVersion, 0, async (unit, cartId, audit) => {
      const { rows: [line] } = await sql<{ quantity: number }>`update commerce.cart_line set quantity = coalesce(${quantity}::int, quantity), choice_ids = coalesce(${choiceIds}::uuid[], choice_ids),
        note = case when ${input.note === undefined} then note else ${note}::text end where id = ${lineId}::uuid and cart_id = ${cartId}::uuid returning quantity`.execute(unit.tx.getKysely());
      if (!line) throw noLine();
      await this.#requireSellable(context, unit, cartId, lineId, LINE);
      audit.draft = { ...audit.draft, after: { line: encodeId('cline', lineId), quantity: line.quantity } };
    });
  }

  /** @throws Refusal CartLineNotFound, CartPlaced, CartChanged @returns the cart */
  async removeLine(context: OperationContext, lineId: string, { expectedVersion }: CartLineRemoveInput): Promise<string> {
    return this.#changeLine(context, lineId, expectedVersion, -1, async (unit, cartId, audit) => {
      const { rows } = await sql`delete from commerce.cart_line where id = ${lineId}::uuid and cart_id = ${cartId}::uuid returning 1`.execute(unit.tx.getKysely());
      if (rows.length === 0) throw noLine();
      audit.draft = { ...audit.draft, before: { line: encodeId('cline', lineId) } };
    });
  }

  #change(
    context: OperationContext, id: string, expected: number | null | undefined, grows: number, work: (unit: UnitOfWork, cart: { currency: string }, audit: MutationAudit) => Promise<void>,
  ): Promise<void> {
    return context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'Cart', id } };
      await work(unit, await takeVersion(unit, id, expected ?? null, grows), audit);
    });
  }

  #changeLine(
    context: OperationContext, lineId: string, expected: number | null | undefined, grows: number, work: (unit: UnitOfWork, cartId: string, audit: MutationAudit) => Promise<void>,
  ): Promise<string> {
    return context.mutate(async (unit, audit) => {
      const { rows: [line] } = await sql<{ cartId: string }>`select cart_id as "cartId" from commerce.cart_line where id = ${lineId}::uuid`.execute(unit.tx.getKysely());
      if (!line) throw noLine();
      audit.draft = { ...audit.draft, resource: { type: 'Cart', id: line.cartId } };
      await takeVersion(unit, line.cartId, expected ?? null, grows, LINE);
      await work(unit, line.cartId, audit);
      return line.cartId;
    });
  }

  /** Of what cannot be had at this time of day one may think ahead. @throws Refusal LineUnsellable, InputInvalid */
  async #requireSellable(context: OperationContext, unit: UnitOfWork, cartId: string, lineId: string, field: readonly string[]): Promise<void> {
    const shop = await shopOf(unit.tx, context.tenantId);
    const lines = await linesOfCarts(unit.tx, [cartId], unit.now, shop.timeZone);
    const problem = lines.find(({ id }) => id === lineId)?.problem ?? null;
    if (problem !== null && problem !== 'NOT_NOW') throw unsellable(problem, problem === 'CHOICES_WRONG' ? ['input', 'choiceIds'] : field);
    if (priceCart(lines, shop, null, 0n) === null) throw invalidInput('The cart would cost more than can be counted.', ['input', 'quantity']);
  }
}

export const unsellable = (problem: string, field: readonly string[]): Refusal => new Refusal('LineUnsellable', ErrorCode.WRONG_STATE, 'The line cannot be ordered.', field, { problem });

/** Holds the cart until the change ends. @throws Refusal CartNotFound, CartPlaced, CartChanged, CartFull */
async function takeVersion({ tx, now }: UnitOfWork, id: string, expected: number | null, grows: number, field: readonly string[] = CART): Promise<{ currency: string }> {
  const { rows: [taken] } = await sql<{ currency: string }>`update commerce.cart set version = version + 1, size = size + ${grows}, updated_at = ${now}
    where id = ${id}::uuid and order_id is null and (${expected}::int is null or version = ${expected}::int) and size + ${grows} <= ${MOST_LINES} returning currency`.execute(tx.getKysely());
  if (taken) return taken;
  const known = await db(tx).selectFrom('Cart').select(['orderId', 'version']).where('id', '=', id).executeTakeFirst();
  if (!known) throw noCart();
  if (known.orderId !== null) throw placedAlready(field);
  if (expected !== null && known.version !== expected) throw new Refusal('CartChanged', ErrorCode.WRONG_STATE, 'The cart is not as you have seen it: read it again.', ['input', 'expectedVersion'], { version: known.version });
  throw new Refusal('CartFull', ErrorCode.LIMIT_REACHED, `A cart has at most ${MOST_LINES} lines.`, CART);
}
