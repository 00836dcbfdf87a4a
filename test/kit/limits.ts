// What a tenant is granted in a subgraph that has heard of it, without the trail that says so.
import type { Client, Pool } from 'pg';

interface Granted {
  features?: readonly string[];
  /** By quota; null or absent: without limit. */
  ceilings?: Readonly<Record<string, number | null>>;
}

/** The whole audit trail, and storage without a limit. */
export const FULL: Granted = { features: ['FULL_AUDIT'] };

/** As tenancy's first word would have it: before anything of the tenant is counted. */
export const grantTenant = (admin: Client | Pool, schema: string, tenantId: string, { features = [], ceilings = {} }: Granted): Promise<unknown> =>
  (admin as Pool).query(`insert into ${schema}.tenant_limit (tenant_id, version, tier, features, anchor, ceilings, offers)
    values ($1, 0, 'STANDARD', $2, '2026-11-01', $3, '{"FULL_AUDIT": ["STANDARD", "PROFESSIONAL", "ENTERPRISE"]}') on conflict do nothing`, [tenantId, features, ceilings]);
