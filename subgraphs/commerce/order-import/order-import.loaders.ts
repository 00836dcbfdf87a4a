// Batched reads of where orders were made.
import { sql } from 'kysely';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';

export interface OriginRow { orderId: string; source: string; externalId: string; importedAt: Date }

export const originOfOrder = defineLoader<OperationContext, string, OriginRow>({
  name: 'order.origin', keyOf: (id) => id,
  batch: async (context, ids) => {
    const { rows } = await sql<OriginRow>`select order_id as "orderId", source, external_id as "externalId", imported_at as "importedAt"
      from commerce.order_import where order_id = any (${[...ids]}::uuid[])`.execute((await context.read()).getKysely());
    return new Map(rows.map((row) => [row.orderId, row]));
  },
});
