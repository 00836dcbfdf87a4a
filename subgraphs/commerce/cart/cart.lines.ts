// The lines of carts as they would be sold now: names, prices and choices of the catalogue, and what stands against it.
import { sql, type RawBuilder } from 'kysely';
import type { Tx } from '../../kernel/data/database.js';
import { priceOf, TooMuch, type Discount, type Priced } from '../pricing/pricing.js';
import { groupRows, type GroupRow } from '../product/product.loaders.js';
import { soldAt } from '../product/product.list.js';
import type { ShopFacts } from '../shop/shop.service.js';

export type LineProblem = 'ARCHIVED' | 'NOT_NOW' | 'NOT_IN_CURRENCY' | 'CHOICES_WRONG';

interface StoredLine {
  id: string;
  cartId: string;
  variantId: string;
  productId: string;
  quantity: number;
  choiceIds: string[];
  note: string | null;
  sku: string;
  name: string;
  variantName: string | null;
  tracksInventory: boolean;
  /** Its own, or its category's; null: the shop's. */
  taxRatePpm: number | null;
  archived: boolean;
  soldNow: boolean;
  currency: string;
  minor: string | null;
}

/** `id`: by which an order can be repeated. */
export interface ChosenOption { id: string; group: string; name: string; minor: string }

export interface CartLine extends StoredLine {
  chosen: ChosenOption[];
  /** Of one, with what was chosen. */
  unitMinor: bigint;
  /** Why it cannot be ordered now; null: it can. */
  problem: LineProblem | null;
}

/** In the order they were added in. Two statements, whatever the number of carts and lines. */
export const linesOfCarts = (tx: Tx, cartIds: readonly string[], at: Date, timeZone: string): Promise<CartLine[]> => soldLines(tx, sql`select l.tenant_id, l.id, l.cart_id, l.variant_id, l.quantity, l.choice_ids, l.note, c.currency
  from commerce.cart_line l join commerce.cart c on c.tenant_id = l.tenant_id and c.id = l.cart_id where l.cart_id = any (${[...cartIds]}::uuid[])`, at, timeZone);

/** @param wanted a select of lines with their currency */
export async function soldLines(tx: Tx, wanted: RawBuilder<unknown>, at: Date, timeZone: string): Promise<CartLine[]> {
  const { rows } = await sql<StoredLine>`select l.id, l.cart_id as "cartId", l.variant_id as "variantId", v.product_id as "productId", l.quantity, l.choice_ids as "choiceIds", l.note,
      v.sku, p.name, v.name as "variantName", v.tracks_inventory as "tracksInventory", coalesce(p.tax_rate_ppm, g.tax_rate_ppm) as "taxRatePpm",
      p.archived_at is not null or v.archived_at is not null as archived, ${soldAt(at, timeZone)} as "soldNow", l.currency, a.minor
    from (${wanted}) l
    join commerce.variant v on v.tenant_id = l.tenant_id and v.id = l.variant_id
    join commerce.product p on p.tenant_id = v.tenant_id and p.id = v.product_id
    left join commerce.category g on g.tenant_id = p.tenant_id and g.id = p.category_id
    left join commerce.price a on a.tenant_id = v.tenant_id and a.variant_id = v.id and a.currency = l.currency
    order by l.id`.execute(tx.getKysely());
  const groups = rows.length === 0 ? [] : await groupRows(tx, [...new Set(rows.map(({ productId }) => productId))]);
  const byProduct = Map.groupBy(groups, ({ productId }) => productId);
  return rows.map((row) => ({ ...row, ...judged(row, byProduct.get(row.productId) ?? []) }));
}

function judged(line: StoredLine, groups: readonly GroupRow[]): Pick<CartLine, 'chosen' | 'unitMinor' | 'problem'> {
  const chosen: ChosenOption[] = [];
  let fits = true;
  for (const { name: group, least, most, choices } of groups) {
    const own = choices.filter(({ id }) => line.choiceIds.includes(id));
    if (own.length < least || own.length > most) fits = false;
    for (const { id, name, deltas } of own) chosen.push({ id, group, name, minor: deltas.find(({ currency }) => currency === line.currency)?.minor ?? '0' });
  }
  // One that is not among the product's any more would be charged for by nobody's rule.
  if (chosen.length < line.choiceIds.length) fits = false;
  const sum = chosen.reduce((all, { minor }) => all + BigInt(minor), BigInt(line.minor ?? 0));
  const problem = line.archived ? 'ARCHIVED' : line.minor === null ? 'NOT_IN_CURRENCY' : !fits ? 'CHOICES_WRONG' : line.soldNow ? null : 'NOT_NOW';
  return { chosen, unitMinor: sum < 0n ? 0n : sum, problem };
}

/** What a cart costs now; null: it is more than can be counted. */
export function priceCart(lines: readonly CartLine[], { pricesIncludeTax, taxRatePpm }: ShopFacts, discount: Discount | null, tipMinor: bigint): Priced | null {
  try {
    return priceOf({
      lines: lines.map(({ unitMinor, quantity, taxRatePpm: own }) => ({ unitMinor, quantity, taxRatePpm: own ?? taxRatePpm })), pricesIncludeTax, discount, tipMinor,
    });
  } catch (error) {
    if (error instanceof TooMuch) return null;
    throw error;
  }
}
