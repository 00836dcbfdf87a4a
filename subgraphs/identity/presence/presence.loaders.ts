// Batched reads of presence.
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { homeOf, readHome } from '../platform.js';
import { db } from '../tables.js';
import type { SaidPresence } from './presence.rules.js';

/** What colleagues in the actor's tenant last said; absent for who never did. */
export const presenceOfUser = defineLoader<OperationContext, string, SaidPresence>({
  name: 'presence of user',
  keyOf: (userId) => userId,
  batch: async (context, userIds) => {
    const found = await db(await readHome(context)).selectFrom('Presence').select(['userId', 'status', 'note', 'since', 'heartbeatAt'])
      .where('tenantId', '=', homeOf(context.actor)).where('userId', 'in', [...userIds]).execute();
    return new Map(found.map((row) => [row.userId, row]));
  },
});
