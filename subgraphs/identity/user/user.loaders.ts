// Batched reads of people.
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { homeOf, readHome } from '../platform.js';
import { db } from '../tables.js';

export interface UserRow {
  id: string;
  displayName: string;
  email: string;
}

/** People with a membership, active or suspended, in the actor's tenant. */
export const userById = defineLoader<OperationContext, string, UserRow>({
  name: 'user by id',
  keyOf: (id) => id,
  batch: async (context, ids) => {
    const found = await db(await readHome(context)).selectFrom('Membership').select(['id', 'displayName', 'email'])
      .where('tenantId', '=', homeOf(context.actor)).where('id', 'in', [...ids]).execute();
    return new Map(found.map((row) => [row.id, row]));
  },
});
