// The list of roles, page by page.
import { sql } from 'kysely';
import { isUuid } from '../../kernel/base/ids.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page, type PageArgs } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { homeOf, readHome } from '../platform.js';
import { db } from '../tables.js';
import { ROLE_COLUMNS, type RoleRow } from './role.loaders.js';

/** How names are put in order: without upper and lower case, the same on every server. */
const SORT = sql<string>`lower(r.name) collate "C"`;

export async function listRoles(context: OperationContext, { first, after }: PageArgs): Promise<Page<RoleRow>> {
  const size = pageSize(first);
  const cursor = decodeCursor(after, [(value) => typeof value === 'string' && !value.includes('\0'), (value) => typeof value === 'string' && isUuid(value)]);
  let query = db(await readHome(context)).selectFrom('Role as r').select(ROLE_COLUMNS).select(SORT.as('sort'))
    .where('r.tenantId', '=', homeOf(context.actor)).where('r.deletedAt', 'is', null)
    .orderBy(SORT).orderBy('r.id').limit(size + 1);
  if (cursor) query = query.where(sql<boolean>`(lower(r.name) collate "C", r.id) > (${String(cursor[0])}, ${String(cursor[1])}::uuid)`);
  return pageOf(await query.execute(), size, after, (row) => encodeCursor([row.sort, row.id]));
}
