// Who was erased is erased again in a restored database, before anybody may open it.
import { Pool } from 'pg';
import { destroyKeys } from '../../subgraphs/kernel/crypto/destroy.js';
import { eraseTenantRows } from '../../subgraphs/kernel/data/tenant-rows.js';
import type { ErasedTenant } from '../../workers/backups/erasure.ledger.js';
import { definitions } from '../composition.js';

/**
 * Deletes every row of each of them, and notes the erasure as ordered: the running product orders it once more, hears every subgraph's answer and tells the trail.
 * @returns how many there were of whom anything was left
 */
export async function eraseAgain(url: string, erased: readonly ErasedTenant[], say: (line: string) => void): Promise<number> {
  const pool = new Pool({ connectionString: url, max: 2 });
  let again = 0;
  try {
    const { rows: [known] } = await pool.query<{ here: boolean }>(`select to_regclass('tenancy.tenant_erasure') is not null as here`);
    if (!known?.here) return 0;
    for (const { tenantId, startedAt } of erased) {
      const { rowCount } = await pool.query(`insert into tenancy.tenant_erasure (id, started_at, announced_at) values ($1, $2, $2) on conflict do nothing`, [tenantId, startedAt]);
      let found = false;
      for (const { name, erasure } of definitions) {
        if (erasure) found = await eraseTenantRows(pool, name, tenantId, erasure, (client) => destroyKeys(client, name, tenantId)) || found;
      }
      if (!found && rowCount === 0) continue;
      again += 1;
      say(`erased tenant ${tenantId} again`);
    }
    return again;
  } finally {
    await pool.end();
  }
}
