// Opens what a tenant has sealed in one schema, for who reads rows in a transaction of the system role.
import type { ClientBase } from 'pg';
import { keyIdOf, open } from './aead.js';
import { DataKeys, type DataKey, type WrappedKey } from './data-keys.js';
import { aadOf, type FieldAddress } from './envelope.js';
import type { MasterKeyPort } from './master-key.js';

export class SealedReader {
  private constructor(private readonly keys: ReadonlyMap<string, DataKey>) {}

  /** With every key of the tenant there is at this moment, so that a rotation meanwhile takes none away. */
  static async of(client: ClientBase, schema: string, master: MasterKeyPort, tenantId: string): Promise<SealedReader> {
    const keys = new DataKeys(schema, master);
    const { rows } = await client.query<WrappedKey>(`select id, wrapped from ${schema}.data_key where tenant_id = $1`, [tenantId]);
    const opened = new Map<string, DataKey>();
    for (const row of rows) {
      const key = await keys.unwrapped(tenantId, row);
      opened.set(key.id.toString('hex'), key);
    }
    return new SealedReader(opened);
  }

  /** Null for what does not open: altered, moved, or sealed with a key that is gone. */
  open(address: FieldAddress, value: Buffer): string | null {
    try {
      const key = this.keys.get(keyIdOf(value).toString('hex'));
      return key ? open(key.key, value, aadOf(address)).toString('utf8') : null;
    } catch {
      // Counted by the caller, who says so: one damaged value must not keep a tenant from all its others.
      return null;
    }
  }
}
