// Batched reads of API keys. Row-level security shows them to who reads or manages keys, and a key itself.
import type { Selectable } from 'kysely';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { homeOf, readHome } from '../platform.js';
import { db, type IdentityTables } from '../tables.js';

export type ApiKeyRow = Selectable<IdentityTables['ApiKey']>;

export const apiKeyById = defineLoader<OperationContext, string, ApiKeyRow>({
  name: 'api key by id',
  keyOf: (id) => id,
  batch: async (context, ids) => {
    const found = await db(await readHome(context)).selectFrom('ApiKey').selectAll()
      .where('tenantId', '=', homeOf(context.actor)).where('id', 'in', [...ids]).execute();
    return new Map(found.map((row) => [row.id, row]));
  },
});
