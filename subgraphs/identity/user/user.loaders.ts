// Batched reads of people.
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { MembershipStatus } from '../membership/membership.entity.js';
import { homeOf, readHome } from '../platform.js';
import { db } from '../tables.js';

export interface UserRow {
  id: string;
  displayName: string;
  email: string | null;
  /** Not the field of the graph, which asks who reads it. */
  standing: MembershipStatus;
  joinedAt: Date;
}

export const USER_COLUMNS = ['id', 'displayName', 'email', 'status as standing', 'createdAt as joinedAt'] as const;

/** People with a membership in the actor's tenant, whatever its state: also who has left is the author of what they wrote. */
export const userById = defineLoader<OperationContext, string, UserRow>({
  name: 'user by id',
  keyOf: (id) => id,
  batch: async (context, ids) => {
    const found = await db(await readHome(context)).selectFrom('Membership').select(USER_COLUMNS)
      .where('tenantId', '=', homeOf(context.actor)).where('id', 'in', [...ids]).execute();
    return new Map(found.map((row) => [row.id, row]));
  },
});

/** When somebody last used one of their sessions here. Policies show another's sessions to who manages people alone. */
export const lastSeenOf = defineLoader<OperationContext, string, Date>({
  name: 'last seen of user',
  keyOf: (id) => id,
  batch: async (context, ids) => {
    const found = await db(await readHome(context)).selectFrom('Session')
      .select('userId').select(({ fn }) => fn.max('lastUsedAt').as('at'))
      .where('tenantId', '=', homeOf(context.actor)).where('userId', 'in', [...ids]).groupBy('userId').execute();
    return new Map(found.map(({ userId, at }) => [userId, at]));
  },
});
