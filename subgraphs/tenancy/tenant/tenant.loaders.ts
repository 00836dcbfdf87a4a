// Batched reads of tenants. Row-level security leaves the actor's own.
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { db } from '../tables.js';
import type { TenantTier } from './tenant.type.js';

export interface TenantRow {
  id: string;
  name: string;
  tier: TenantTier;
  locale: string;
  timeZone: string;
  currency: string;
}

export const tenantById = defineLoader<OperationContext, string, TenantRow>({
  name: 'tenant by id',
  keyOf: (id) => id,
  batch: async (context, ids) => {
    const found = await db(await context.read()).selectFrom('Tenant')
      .select(['id', 'name', 'tier', 'locale', 'timeZone', 'currency']).where('id', 'in', [...ids]).execute();
    return new Map(found.map((row) => [row.id, row]));
  },
});
