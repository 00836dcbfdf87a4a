// Batched reads of profiles. Only ever asked for the caller's own.
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { db } from '../tables.js';
import type { MailReader } from './account.service.js';

export const profileById = defineLoader<OperationContext, string, MailReader>({
  name: 'profile by id',
  keyOf: (id) => id,
  batch: async (context, ids) => {
    const found = await db(await context.read()).selectFrom('Account').select(['id', 'email', 'displayName', 'locale', 'timeZone'])
      .where('id', 'in', [...ids]).execute();
    return new Map(found.map((row) => [row.id, row]));
  },
});
