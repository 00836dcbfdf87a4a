// The lines of an order as they are after a change: those that stay cost what they cost, what is new or chosen anew costs what it costs now.
import { sql } from 'kysely';
import { ErrorCode, invalidInput, Refusal } from '../../kernel/base/errors.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { soldLines, type CartLine, type ChosenOption } from '../cart/cart.lines.js';
import { unsellable } from '../cart/cart.service.js';
import { noVariant } from '../product/product.service.js';
import type { ShopFacts } from '../shop/shop.service.js';
import { MOST_LINES, type Given } from './order.edit.given.js';

export interface OrderLine {
  id: string;
  productId: string;
  variantId: string;
  sku: string;
  name: string;
  variantName: string | null;
  quantity: number;
  unitMinor: string;
  choices: ChosenOption[];
  note: string | null;
  taxRatePpm: number;
}

export interface Edited {
  before: readonly OrderLine[];
  after: OrderLine[];
  /** Variants that are counted as the catalogue is now, of those of which more are wanted. */
  counted: ReadonlySet<string>;
}

const linesOf = async ({ tx }: UnitOfWork, orderId: string): Promise<OrderLine[]> => (await sql<OrderLine>`select id, product_id as "productId", variant_id as "variantId", sku, name, variant_name as "variantName", quantity,
  unit_minor as "unitMinor", choices, note, tax_rate_ppm as "taxRatePpm" from commerce.order_line where order_id = ${orderId}::uuid order by id`.execute(tx.getKysely())).rows;

const noLine = (field: readonly string[]): Refusal => new Refusal('OrderLineNotFound', ErrorCode.NOT_FOUND, 'There is no such line in the order.', field);

interface Of { tenantId: string; orderId: string; currency: string; pricesIncludeTax: boolean }

/** @throws Refusal OrderLineNotFound, VariantNotFound, LineUnsellable, InputInvalid */
export async function editedLines(unit: UnitOfWork, { tenantId, orderId, currency, pricesIncludeTax }: Of, { added, changed, removed }: Given, shop: ShopFacts): Promise<Edited> {
  const before = await linesOf(unit, orderId);
  const known = new Set(before.map(({ id }) => id));
  for (const [id, field] of [...removed, ...[...changed].map(([id, { path }]): [string, readonly string[]] => [id, [...path, 'lineId']])]) if (!known.has(id)) throw noLine(field);
  const kept = before.filter(({ id }) => !removed.has(id)).map((was) => {
    const change = changed.get(was.id);
    return { was, quantity: change?.quantity ?? was.quantity, note: change?.note === undefined ? was.note : change.note, choiceIds: change?.choiceIds };
  });
  if (kept.length + added.length === 0) throw invalidInput('Something stays in an order: cancel it instead.', ['input', 'removeLineIds']);
  if (kept.length + added.length > MOST_LINES) throw invalidInput(`An order has at most ${MOST_LINES} lines.`, ['input', 'addLines']);
  const asked = [
    ...kept.filter(({ was, quantity, choiceIds }) => choiceIds !== undefined || quantity > was.quantity)
      .map(({ was, quantity, choiceIds, note }) => ({ id: was.id, variantId: was.variantId, quantity, choiceIds: choiceIds ?? was.choices.map(({ id }) => id), note })),
    ...added.map(({ path: _path, ...line }) => line),
  ];
  const now = new Map((asked.length === 0 ? [] : await soldLines(unit.tx, sql`select ${tenantId}::uuid as tenant_id, w.id, null::uuid as cart_id, w."variantId" as variant_id, w.quantity, w."choiceIds" as choice_ids, w.note, ${currency}::text as currency
    from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) w(id uuid, "variantId" uuid, quantity int, "choiceIds" uuid[], note text)`, unit.now, shop.timeZone)).map((line) => [line.id, line]));
  const anew = (id: string, path: readonly string[], field: string): OrderLine => {
    const line = now.get(id);
    if (!line) throw noVariant([...path, field]);
    if (line.problem !== null) throw unsellable(line.problem, [...path, line.problem === 'CHOICES_WRONG' ? 'choiceIds' : field]);
    // Prices of now are meant otherwise than those of then: they cannot be put together.
    if (shop.pricesIncludeTax !== pricesIncludeTax) throw invalidInput('Prices of the shop include tax otherwise than when this was ordered: place another order.', path);
    return soldAs(line, shop);
  };
  const after = [
    ...kept.map(({ was, quantity, note, choiceIds }): OrderLine => {
      const path = changed.get(was.id)?.path ?? [];
      if (choiceIds !== undefined) return anew(was.id, path, 'lineId');
      const sold = now.get(was.id);
      if (quantity > was.quantity && (!sold || sold.problem === 'ARCHIVED')) throw unsellable('ARCHIVED', [...path, 'quantity']);
      return { ...was, quantity, note };
    }),
    ...added.map(({ id, path }) => anew(id, path, 'variantId')),
  ];
  return { before, after, counted: new Set([...now.values()].filter(({ tracksInventory }) => tracksInventory).map(({ variantId }) => variantId)) };
}

const soldAs = ({ id, productId, variantId, sku, name, variantName, quantity, unitMinor, chosen, note, taxRatePpm }: CartLine, shop: ShopFacts): OrderLine =>
  ({ id, productId, variantId, sku, name, variantName, quantity, unitMinor: String(unitMinor), choices: chosen, note, taxRatePpm: taxRatePpm ?? shop.taxRatePpm });

/** As JSON keeps it. */
export interface LineChanged { kind: 'ADDED' | 'CHANGED' | 'REMOVED'; sku: string; name: string; quantityBefore: number; quantityAfter: number }

/** What became of each line; one that is as it was is not told of. */
export function lineChanges({ before, after }: Edited): LineChanged[] {
  const was = new Map(before.map((line) => [line.id, line]));
  const is = new Set(after.map(({ id }) => id));
  const same = (a: OrderLine, b: OrderLine): boolean => a.quantity === b.quantity && a.note === b.note && a.choices.map(({ id }) => id).toSorted().join() === b.choices.map(({ id }) => id).toSorted().join();
  return [
    ...before.filter(({ id }) => !is.has(id)).map(({ sku, name, quantity }): LineChanged => ({ kind: 'REMOVED', sku, name, quantityBefore: quantity, quantityAfter: 0 })),
    ...after.flatMap((line): LineChanged[] => {
      const { id, sku, name, quantity } = line;
      const former = was.get(id);
      if (!former) return [{ kind: 'ADDED', sku, name, quantityBefore: 0, quantityAfter: quantity }];
      return same(former, line) ? [] : [{ kind: 'CHANGED', sku, name, quantityBefore: former.quantity, quantityAfter: quantity }];
    }),
  ];
}
