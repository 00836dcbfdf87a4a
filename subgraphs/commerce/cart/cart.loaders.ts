// Batched reads of carts, and of what they would cost now.
import { sql } from 'kysely';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { Fulfillment } from '../order/order.entity.js';
import type { Priced } from '../pricing/pricing.js';
import { shopOf } from '../shop/shop.service.js';
import { db } from '../tables.js';
import { discountOf, voucherById } from '../voucher/voucher.service.js';
import { linesOfCarts, priceCart, type CartLine } from './cart.lines.js';

export const CART_COLUMNS = ['id', 'customerId', 'currency', 'fulfillment', 'address', 'note', 'tipMinor', 'voucherId', 'version', 'orderId', 'createdAt', 'updatedAt'] as const;
export interface CartRow {
  id: string;
  customerId: string | null;
  currency: string;
  fulfillment: Fulfillment;
  address: string | null;
  note: string | null;
  tipMinor: string;
  voucherId: string | null;
  version: number;
  orderId: string | null;
  createdAt: Date;
  updatedAt: Date;
}

export const cartById = defineLoader<OperationContext, string, CartRow>({
  name: 'cart.byId', keyOf: (key) => key,
  batch: async (context, ids) => {
    const rows = await db(await context.read()).selectFrom('Cart').select(CART_COLUMNS).where('id', '=', sql<string>`any (${[...ids]}::uuid[])`).execute();
    return new Map(rows.map((row) => [row.id, row]));
  },
});

export interface PricedCart { lines: CartLine[]; priced: Priced | null }

export const cartPriced = defineLoader<OperationContext, string, PricedCart>({
  name: 'cart.priced', keyOf: (key) => key,
  batch: async (context, ids) => {
    const tx = await context.read();
    const now = context.deps.clock.now();
    const shop = await shopOf(tx, context.tenantId);
    const lines = Map.groupBy(await linesOfCarts(tx, ids, now, shop.timeZone), ({ cartId }) => cartId);
    const priced = await Promise.all(ids.map(async (id): Promise<[string, PricedCart] | null> => {
      const cart = await context.load(cartById, id);
      if (!cart) return null;
      const voucher = cart.voucherId === null ? null : await context.load(voucherById, cart.voucherId);
      const own = lines.get(id) ?? [];
      return [id, { lines: own, priced: priceCart(own, shop, voucher && discountOf(voucher, cart.currency, now), BigInt(cart.tipMinor)) }];
    }));
    return new Map(priced.filter((one) => one !== null));
  },
});
