// Batched reads of living sessions: one page for each of many people in a single statement.
import { sql, type Selectable } from 'kysely';
import { isUuid } from '../../kernel/base/ids.js';
import { decodeCursor, encodeCursor, pageOf, type Page } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import { homeOf, readHome } from '../platform.js';
import { policyOf, sessionEndsAt, sessionLivesAfter } from '../security-policy/security-policy.js';
import { db, type IdentityTables } from '../tables.js';

export interface SessionRow extends Pick<Selectable<IdentityTables['Session']>, 'id' | 'userId' | 'ip' | 'userAgent' | 'createdAt'> {
  lastSeenAt: Date;
  expiresAt: Date;
}

export interface SessionPageKey {
  userId: string;
  size: number;
  after: string | null;
}

/** @throws BAD_USER_INPUT when `after` is not a cursor of a list of sessions */
export const checkSessionCursor = (after: string | null): (string | number)[] | null =>
  decodeCursor(after, [(value) => typeof value === 'string' && isUuid(value)]);

const keyOf = ({ userId, size, after }: SessionPageKey): string => `${userId}/${size}/${after ?? ''}`;

/** Living sessions in the actor's tenant, newest sign-in first. */
export const sessionsOfUser = defineLoader({
  name: 'sessions of user',
  batch: async (context: OperationContext, keys: readonly SessionPageKey[]): Promise<Map<string, Page<SessionRow>>> => {
    const pages = new Map<string, Page<SessionRow>>();
    for (const group of Map.groupBy(keys, ({ size, after }) => `${size}/${after ?? ''}`).values()) {
      const found = await newestOf(context, group);
      for (const key of group) pages.set(keyOf(key), pageOf(found.get(key.userId) ?? [], key.size, key.after, (row) => encodeCursor([row.id])));
    }
    return pages;
  },
  keyOf,
});

/** Newest `size + 1` of each person; all keys share `size` and `after`. */
async function newestOf(context: OperationContext, keys: readonly SessionPageKey[]): Promise<Map<string, SessionRow[]>> {
  const [shared] = keys;
  if (!shared) return new Map();
  const tx = await readHome(context);
  const home = homeOf(context.actor);
  const policy = await policyOf(tx, home);
  const alive = sessionLivesAfter(context.deps.clock.now(), policy);
  const after = checkSessionCursor(shared.after)?.[0];
  const people = sql<{ id: string }>`(select unnest(${keys.map(({ userId }) => userId)}::uuid[]) as id)`;
  const found = await db(tx).selectFrom(people.as('wanted'))
    .innerJoinLateral((query) => query.selectFrom('Session as s')
      .select(['s.id', 's.userId', 's.ip', 's.userAgent', 's.createdAt', 's.lastUsedAt'])
      .where('s.tenantId', '=', home).whereRef('s.userId', '=', 'wanted.id').where('s.revokedAt', 'is', null)
      .where('s.lastUsedAt', '>', alive.lastUsedAt).where('s.createdAt', '>', alive.createdAt)
      .$if(after !== undefined, (page) => page.where('s.id', '<', String(after)))
      .orderBy('s.id', 'desc').limit(shared.size + 1).as('newest'), (join) => join.onTrue())
    .selectAll('newest').execute();
  const rows = found.map((row) => ({ ...row, lastSeenAt: row.lastUsedAt, expiresAt: sessionEndsAt(row, policy) }));
  return Map.groupBy(rows, ({ userId }) => userId);
}
