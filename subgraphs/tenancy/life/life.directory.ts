// Tenants as the people of the platform see them: one by one, or page by page in the order in which they came.
import { sql } from 'kysely';
import { isUuid } from '../../kernel/base/ids.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { defineLoader } from '../../kernel/graphql/loaders.js';
import type { TenantView } from '../tenant/tenant.loaders.js';
import type { TenantsArgs } from './life.inputs.js';

const COLUMNS = sql.raw(`tenant_id as id, name, tier, locale, time_zone as "timeZone", currency, created_at as "createdAt", state,
  suspension_reason as "suspensionReason", deletion_due_at as "deletionDueAt", resumes, version`);

/** Null for who is not of the platform: the database asks for `system:admin` and for no tenant. */
export const tenantInDirectory = defineLoader<OperationContext, string, TenantView>({
  name: 'tenant in directory',
  keyOf: (id) => id,
  batch: async (context, ids) => {
    const { rows } = await sql<TenantView>`select ${COLUMNS} from unnest(${[...ids]}::uuid[]) wanted(id), tenancy.tenant_directory(wanted.id, null, null, 1)`
      .execute((await context.read()).getKysely());
    return new Map(rows.map((row) => [row.id, row]));
  },
});

/** @throws BAD_USER_INPUT */
export async function listTenants(context: OperationContext, { first, after, filter }: TenantsArgs): Promise<Page<TenantView>> {
  const size = pageSize(first);
  const [beyond = null] = decodeCursor(after, [(value) => typeof value === 'string' && isUuid(value)]) ?? [];
  const { rows } = await sql<TenantView>`select ${COLUMNS} from tenancy.tenant_directory(null, ${filter?.state ?? null}, ${beyond}::uuid, ${size + 1})`
    .execute((await context.read()).getKysely());
  return pageOf(rows, size, after, ({ id }) => encodeCursor([id]));
}
