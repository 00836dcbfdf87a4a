// Batched reads of orders: by id, and one page for each of many customers in a single statement.
import { sql, type Selectable } from 'kysely';
import { decodeCursor, encodeCursor, isInstantText, pageOf, type Page } from '../../kernel/graphql/connections.js';
import { isUuid } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import { db, type CommerceTables } from '../tables.js';

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
