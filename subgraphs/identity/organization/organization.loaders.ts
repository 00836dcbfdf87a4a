// Batched reads of the tenants people belong to. Only ever asked for the caller's own.
import { sql } from 'kysely';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { AccountOrganization } from './organization.service.js';

/** Where a person may work now, by name: the active ones. */
export const tenantsOfPerson = defineLoader<OperationContext, string, AccountOrganization[]>({
  name: 'tenants of person',
  keyOf: (id) => id,
  batch: async (context, ids) => {
    const { rows } = await sql<AccountOrganization & { userId: string }>`select a.id as "userId", o.tenant_id as "tenantId", o.name, o.status
      from unnest(${[...ids]}::uuid[]) a(id), identity.organizations_of(a.id) o where o.status = 'ACTIVE'
      order by o.name, o.tenant_id`.execute((await context.read()).getKysely());
    return Map.groupBy(rows, ({ userId }) => userId);
  },
});
