// The list of people, page by page.
import { sql } from 'kysely';
import { isUuid } from '../../kernel/base/ids.js';
import { badInput } from '../../kernel/base/errors.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { homeOf, readHome } from '../platform.js';
import { db } from '../tables.js';
import { SEARCH_MAX, type UsersArgs } from './user.inputs.js';
import { USER_COLUMNS, type UserRow } from './user.loaders.js';

/** How names are put in order: without upper and lower case, the same on every server. */
const SORT = sql<string>`lower(display_name) collate "C"`;

/** @throws BAD_USER_INPUT */
export async function listUsers(context: OperationContext, { first, after, filter }: UsersArgs): Promise<Page<UserRow>> {
  const size = pageSize(first);
  const search = filter?.search?.trim() ?? '';
  if (search.length > SEARCH_MAX || search.includes('\0')) throw badInput(`search is text of at most ${SEARCH_MAX} characters.`, ['filter', 'search']);
  const cursor = decodeCursor(after, [(value) => typeof value === 'string' && !value.includes('\0'), (value) => typeof value === 'string' && isUuid(value)]);
  let query = db(await readHome(context)).selectFrom('Membership').select(USER_COLUMNS).select(SORT.as('sort'))
    .where('tenantId', '=', homeOf(context.actor)).orderBy(SORT).orderBy('id').limit(size + 1);
  query = filter?.status ? query.where('status', '=', filter.status) : query.where('status', '!=', 'DELETED');
  if (search) query = query.where(sql<boolean>`(starts_with(lower(display_name), lower(${search})) or starts_with(email, lower(${search})))`);
  if (cursor) query = query.where(sql<boolean>`(lower(display_name) collate "C", user_id) > (${String(cursor[0])}, ${String(cursor[1])}::uuid)`);
  return pageOf(await query.execute(), size, after, (row) => encodeCursor([row.sort, row.id]));
}
