// The end of a tenant's keys: what they have sealed is lost for good, in every copy of the data that does not hold the keys too.
import type { Pool, PoolClient } from 'pg';
import { sealingLock } from './data-keys.js';

/**
 * Deletes every data key of the tenant in one schema. Every process stops using them within a second (`DataKeys`). To be called within the transaction
 * that deletes the tenant, or before it: sealing something for the tenant afterwards would make it a new key.
 * @param system the system role's connection. @returns how many there were
 */
export async function destroyKeys(system: Pool | PoolClient, schema: string, tenantId: string): Promise<number> {
  // In one statement with the lock, so that a pool's connection holds it for the deletion: what is being sealed is sealed with a key that is gone then.
  const { rowCount } = await system.query(`with held as materialized (select pg_advisory_xact_lock(hashtextextended($1, 0)))
    delete from ${schema}.data_key using held where tenant_id = $2`, [sealingLock(schema, tenantId), tenantId]);
  return rowCount ?? 0;
}
