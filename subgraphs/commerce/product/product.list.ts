// Lists of the catalogue: products by what they are, and the menu of a moment. Both by name, by keyset.
import { sql, type RawBuilder } from 'kysely';
import { badInput } from '../../kernel/base/errors.js';
import { isUuid } from '../../kernel/base/ids.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { foldedOf } from '../given.js';
import { shopOf } from '../shop/shop.service.js';
import type { MenuArgs, ProductsArgs } from './product.inputs.js';
import { PRODUCT, type ProductRow } from './product.loaders.js';

const isText = (value: unknown): boolean => typeof value === 'string' && !value.includes('\0');
const isId = (value: unknown): boolean => typeof value === 'string' && isUuid(value);

async function page(context: OperationContext, { first, after }: { first?: number | null; after?: string | null }, conditions: readonly RawBuilder<unknown>[]): Promise<Page<ProductRow>> {
  const size = pageSize(first);
  const beyond = decodeCursor(after, [isText, isId]);
  const all = [sql`p.tenant_id = ${context.tenantId}::uuid`, ...conditions, ...(beyond ? [sql`(p.folded, p.id) > (${beyond[0]}, ${beyond[1]}::uuid)`] : [])];
  const { rows } = await sql<ProductRow>`select ${PRODUCT} from commerce.product p where ${sql.join(all, sql` and `)} order by p.folded, p.id limit ${size + 1}`.execute((await context.read()).getKysely());
  return pageOf(rows, size, after, ({ folded, id }) => encodeCursor([folded, id]));
}

/** @throws BAD_USER_INPUT */
export function listProducts(context: OperationContext, { first, after, filter }: ProductsArgs): Promise<Page<ProductRow>> {
  const conditions = [filter?.archived ? sql`p.archived_at is not null` : sql`p.archived_at is null`];
  if (filter?.kind) conditions.push(sql`p.kind = ${filter.kind}`);
  if (typeof filter?.categoryId === 'string') conditions.push(sql`p.category_id = ${inputId('ctg', filter.categoryId, ['filter', 'categoryId'])}::uuid`);
  const sought = foldedOf((filter?.search ?? '').normalize('NFC'));
  if (sought.length > 200 || sought.includes('\0') || !sought.isWellFormed()) throw badInput('No name begins with this.', ['filter', 'search']);
  // A range of the index; LIKE would be asked of every row, since a policy stands before it.
  if (sought !== '') conditions.push(sql`p.folded >= ${sought}`, sql`p.folded < ${`${sought}\u{10FFFF}`}`);
  return page(context, { first: first ?? null, after: after ?? null }, conditions);
}

/** True in SQL of a product `p` that is sold at `at` on the clock of `zone`. Without windows it always is. */
export const soldAt = (at: Date, zone: string): RawBuilder<unknown> => sql`(not exists (select from commerce.product_window w where w.tenant_id = p.tenant_id and w.product_id = p.id)
  or exists (select from commerce.product_window w, (select ${at.toISOString()}::timestamptz at time zone ${zone}) clock(t) where w.tenant_id = p.tenant_id and w.product_id = p.id
    and w.weekday = extract(isodow from clock.t) and extract(hour from clock.t) * 60 + extract(minute from clock.t) >= w.from_minute
    and extract(hour from clock.t) * 60 + extract(minute from clock.t) < w.to_minute))`;

/** Dishes that can be had at a moment. @throws BAD_USER_INPUT */
export async function menuAt(context: OperationContext, { first, after, at, categoryId }: MenuArgs): Promise<Page<ProductRow>> {
  const { timeZone } = await shopOf(await context.read(), context.tenantId);
  const moment = at ?? context.deps.clock.now();
  if (Number.isNaN(moment.getTime()) || moment.getUTCFullYear() < 1970 || moment.getUTCFullYear() > 9999) throw badInput('at is not a moment of the years 1970 to 9999.', ['at']);
  return page(context, { first: first ?? null, after: after ?? null }, [
    sql`p.archived_at is null`, sql`p.kind = 'MENU_ITEM'`, soldAt(moment, timeZone),
    ...(typeof categoryId === 'string' ? [sql`p.category_id = ${inputId('ctg', categoryId, ['categoryId'])}::uuid`] : []),
  ]);
}
