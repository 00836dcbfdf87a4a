// Batched reads of who has a second factor.
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { readHome } from '../platform.js';
import { db } from '../tables.js';

/** Whether people have a second factor in use, as far as the actor may see: oneself, and who manages users their colleagues. */
export const mfaEnabledById = defineLoader<OperationContext, string, boolean>({
  name: 'second factor by person',
  keyOf: (id) => id,
  batch: async (context, ids) => {
    const found = await db(await readHome(context)).selectFrom('MfaFactor').select('userId')
      .where('userId', 'in', [...ids]).where('state', '=', 'ACTIVE').execute();
    return new Map(found.map(({ userId }) => [userId, true]));
  },
});

/** How many backup codes the caller has left. */
export async function backupCodesLeft(context: OperationContext): Promise<number> {
  const { left } = await db(await context.read()).selectFrom('MfaBackupCode').select(({ fn }) => fn.countAll<string>().as('left'))
    .where('userId', '=', context.userId).where('usedAt', 'is', null).executeTakeFirstOrThrow();
  return Number(left);
}
