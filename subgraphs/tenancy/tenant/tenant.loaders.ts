// Batched reads of tenants. Row-level security leaves the actor's own.
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { db } from '../tables.js';
import type { ResumedState, TenantState } from '../life/life.states.js';
import type { TenantTier } from './tenant.type.js';

export interface TenantRow {
  id: string;
  name: string;
  tier: TenantTier;
  locale: string;
  timeZone: string;
  currency: string;
}

/** A tenant with where it stands. */
export interface TenantView extends TenantRow {
  createdAt: Date;
  state: TenantState;
  suspensionReason: string | null;
  deletionDueAt: Date | null;
  resumes: ResumedState | null;
  version: number;
}

export const TENANT_COLUMNS = [
  'id', 'name', 'tier', 'locale', 'timeZone', 'currency', 'createdAt', 'state', 'suspensionReason', 'deletionDueAt', 'resumes', 'version',
] as const;

export const tenantById = defineLoader<OperationContext, string, TenantView>({
  name: 'tenant by id',
  keyOf: (id) => id,
  batch: async (context, ids) => {
    const found = await db(await context.read()).selectFrom('Tenant')
      .select(TENANT_COLUMNS).where('id', 'in', [...ids]).execute();
    return new Map(found.map((row) => [row.id, row]));
  },
});
