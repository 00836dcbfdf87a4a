// Batched reads of orders: by id, and one page for each of many customers in a single statement.
import { sql, type Selectable } from 'kysely';
import { decodeCursor, encodeCursor, isInstantText, pageOf, type Page } from '../../kernel/graphql/connections.js';
import { isUuid } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import { db, type CommerceTables } from '../tables.js';
import type { OrderState } from './order.states.js';

export type OrderRow = Selectable<CommerceTables['Order']>;

export const orderById = defineLoader({
  name: 'orderById',
  batch: async (context: OperationContext, ids: readonly string[]): Promise<Map<string, OrderRow>> => {
    const found = await db(await context.read()).selectFrom('Order').selectAll().where('id', 'in', [...ids]).execute();
    return new Map(found.map((row) => [row.id, row]));
  },
  keyOf: (id: string) => id,
});

export interface OrderPageKey {
  customerId: string;
  size: number;
  after: string | null;
}

const isId = (value: unknown): boolean => typeof value === 'string' && isUuid(value);
const cursorOf = (row: OrderRow): string => encodeCursor([row.placedAt.toISOString(), row.id]);

/** @throws BAD_USER_INPUT when `after` is not a cursor of a list of orders */
export const checkOrderCursor = (after: string | null): (string | number)[] | null => decodeCursor(after, [isInstantText, isId]);

const keyOf = ({ customerId, size, after }: OrderPageKey): string => `${customerId}/${size}/${after ?? ''}`;

export const ordersOfCustomer = defineLoader({
  name: 'ordersOfCustomer',
  batch: async (context: OperationContext, keys: readonly OrderPageKey[]): Promise<Map<string, Page<OrderRow>>> => {
    const pages = new Map<string, Page<OrderRow>>();
    for (const group of Map.groupBy(keys, ({ size, after }) => `${size}/${after ?? ''}`).values()) {
      const found = await newestOf(context, group);
      for (const key of group) pages.set(keyOf(key), pageOf(found.get(key.customerId) ?? [], key.size, key.after, cursorOf));
    }
    return pages;
  },
  keyOf,
});

/** Newest `size + 1` orders of each customer; all keys share `size` and `after`. */
async function newestOf(context: OperationContext, keys: readonly OrderPageKey[]): Promise<Map<string, OrderRow[]>> {
  const [shared] = keys;
  if (!shared) return new Map();
  const after = checkOrderCursor(shared.after);
  const beyond = after && sql<boolean>`(placed_at, id) < (${after[0]}::timestamptz, ${after[1]}::uuid)`;
  const ids = sql<{ id: string }>`(select unnest(${keys.map((key) => key.customerId)}::uuid[]) as id)`;
  const found = await db(await context.read())
    .selectFrom(ids.as('wanted'))
    .innerJoinLateral((query) => query.selectFrom('Order').selectAll('Order')
      .whereRef('Order.customerId', '=', 'wanted.id')
      .where((on) => on.and(beyond ? [beyond] : []))
      .orderBy('Order.placedAt', 'desc').orderBy('Order.id', 'desc').limit(shared.size + 1).as('newest'), (join) => join.onTrue())
    .selectAll('newest')
    .execute();
  return Map.groupBy(found, (row) => row.customerId);
}

export interface LineRow {
  id: string;
  orderId: string;
  variantId: string;
  sku: string;
  name: string;
  variantName: string | null;
  quantity: number;
  unitMinor: string;
  choices: { group: string; name: string; minor: string }[];
  note: string | null;
  taxRatePpm: number;
  discountMinor: string;
  taxMinor: string;
  totalMinor: string;
  currency: string;
}

/** In the order of the cart. */
export const linesOfOrder = defineLoader<OperationContext, string, LineRow[]>({
  name: 'order.lines', keyOf: (id) => id,
  batch: async (context, ids) => {
    const { rows } = await sql<LineRow>`select l.id, l.order_id as "orderId", l.variant_id as "variantId", l.sku, l.name, l.variant_name as "variantName", l.quantity, l.unit_minor as "unitMinor", l.choices, l.note,
        l.tax_rate_ppm as "taxRatePpm", l.discount_minor as "discountMinor", l.tax_minor as "taxMinor", l.total_minor as "totalMinor", o.currency
      from commerce.order_line l join commerce.sales_order o on o.tenant_id = l.tenant_id and o.id = l.order_id
      where l.order_id = any (${[...ids]}::uuid[]) order by l.id`.execute((await context.read()).getKysely());
    return Map.groupBy(rows, ({ orderId }) => orderId);
  },
});

export interface EventRow { orderId: string; seq: number; from: OrderState; to: OrderState; reason: string | null; createdAt: Date; changes: ChangedOrder | null }
/** As it is kept; amounts are whole minor units in decimal text. */
export interface ChangedOrder { fields: string[]; lines: { kind: string; sku: string; name: string; quantityBefore: number; quantityAfter: number }[]; currency: string; totalBefore: string; totalAfter: string }

export const eventsOfOrder = defineLoader<OperationContext, string, EventRow[]>({
  name: 'order.events', keyOf: (id) => id,
  batch: async (context, ids) => {
    const { rows } = await sql<EventRow>`select order_id as "orderId", seq, from_status as "from", to_status as "to", reason, created_at as "createdAt", changes
      from commerce.order_event where order_id = any (${[...ids]}::uuid[]) order by order_id, seq`.execute((await context.read()).getKysely());
    return Map.groupBy(rows, ({ orderId }) => orderId);
  },
});
