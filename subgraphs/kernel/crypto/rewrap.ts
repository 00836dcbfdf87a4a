// Wrapping the data keys of a schema anew after a change of master keys. What they have sealed stays as it is.
import type { Pool } from 'pg';
import { keyAad } from './data-keys.js';
import type { MasterKeyPort } from './master-key.js';

export interface Rewrapped {
  /** Data keys there are. */
  keys: number;
  /** Of them, wrapped anew. */
  rewrapped: number;
}

interface Row { tenantId: string; id: string; wrapped: Buffer }

const BATCH = 200;
const FIRST = '00000000-0000-0000-0000-000000000000';

/**
 * One statement a key, so that a kill leaves each wrapped by the one or by the other, and both open. To be repeated until it finds nothing:
 * a process that has not heard of the new master key yet wraps with the old one.
 * @param system the system role's pool
 */
export async function rewrapDataKeys(system: Pool, schema: string, master: MasterKeyPort, progress: (so: Rewrapped) => void): Promise<Rewrapped> {
  const so: Rewrapped = { keys: 0, rewrapped: 0 };
  let after: [string, string] | null = [FIRST, FIRST];
  while (after) {
    const { rows }: { rows: Row[] } = await system.query<Row>(
      `select tenant_id as "tenantId", id, wrapped from ${schema}.data_key where (tenant_id, id) > ($1, $2) order by tenant_id, id limit ${BATCH}`, after);
    for (const { tenantId, id, wrapped } of rows) {
      so.keys += 1;
      if (master.owns(wrapped)) continue;
      const aad = keyAad(schema, tenantId, id);
      const anew = await master.wrap(await master.unwrap(wrapped, aad), aad);
      const done = await system.query(`update ${schema}.data_key set wrapped = $3 where tenant_id = $1 and id = $2 and wrapped = $4`, [tenantId, id, anew, wrapped]);
      so.rewrapped += done.rowCount ?? 0;
    }
    progress({ ...so });
    const last = rows.at(-1);
    after = last && rows.length === BATCH ? [last.tenantId, last.id] : null;
  }
  return so;
}
