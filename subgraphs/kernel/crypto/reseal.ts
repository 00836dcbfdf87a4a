// Sealing anew what retired keys of a tenant have sealed, a batch in each transaction, while everybody reads and writes on.
import type { Pool, PoolClient } from 'pg';
import { keyIdOf, open, seal } from './aead.js';
import { sealingLock, type DataKey, type DataKeys, type WrappedKey } from './data-keys.js';
import { aadOf } from './envelope.js';
import { isOfPlatform, type SealedColumn } from './sealed-column.js';

export interface ResealBatch {
  resealed: number;
  /** Values that do not open: altered, or put there by nobody of ours. They stay as they are. */
  unreadable: number;
  /** The row to go on after; null: this column is through. */
  after: string | null;
}

const ROWS = 200;
const FIRST = '00000000-0000-0000-0000-000000000000';
/** A value begins with its version and the id of its key. */
const KEY_OF = (column: string): string => `substring(${column} from 2 for 16)`;

export class Resealer {
  /** @param columns of the schema that hold sealed values */
  constructor(private readonly keys: DataKeys, private readonly columns: readonly SealedColumn[]) {}

  /** The columns in which a key of this tenant may have sealed something. */
  columnsOf(tenantId: string): SealedColumn[] {
    const platform = isOfPlatform(this.columns, tenantId);
    return this.columns.filter(({ tenant }) => 'column' in tenant || (platform && tenant.platform === tenantId));
  }

  /** Rows that others hold are passed over, so that nobody waits for this and this for nobody: they are met in another round. */
  async batch(client: PoolClient, tenantId: string, column: SealedColumn, after = FIRST): Promise<ResealBatch> {
    const { current, retired } = await this.#keysOf(client, tenantId);
    if (!current || retired.size === 0) return { resealed: 0, unreadable: 0, after: null };
    const found = await client.query<{ row: string; value: Buffer }>(
      `select ${column.row} as row, ${column.column} as value from ${this.#from(column)} and ${KEY_OF(column.column)} = any ($2) and ${column.row} > $3
        order by ${column.row} limit ${ROWS} for no key update skip locked`, [tenantId, [...retired.values()].map(({ id }) => id), after]);
    const rows: string[] = [];
    const values: Buffer[] = [];
    for (const { row, value } of found.rows) {
      const anew = this.#reseal(value, aadOf({ tenantId, table: column.table, column: column.column, row }), current, retired);
      if (!anew) continue;
      rows.push(row);
      values.push(anew);
    }
    await client.query(
      `update ${this.#table(column)} as target set ${column.column} = anew.value from unnest($1::uuid[], $2::bytea[]) as anew (row, value)
        where target.${column.row} = anew.row ${'column' in column.tenant ? `and target.${column.tenant.column} = $3` : 'and $3::uuid is not null'}`, [rows, values, tenantId]);
    return { resealed: rows.length, unreadable: found.rows.length - rows.length, after: found.rows.length < ROWS ? null : found.rows.at(-1)?.row ?? null };
  }

  /** How much is still sealed with a retired key of the tenant. */
  async left(client: Pool | PoolClient, tenantId: string): Promise<number> {
    let left = 0;
    for (const column of this.columnsOf(tenantId)) {
      const { rows: [counted] } = await client.query<{ n: number }>(`select count(*)::int as n from ${this.#from(column)} and ${KEY_OF(column.column)} = any (array(
        select decode(replace(id::text, '-', ''), 'hex') from ${this.keys.schema}.data_key where tenant_id = $1 and retired_at is not null))`, [tenantId]);
      left += counted?.n ?? 0;
    }
    return left;
  }

  /** Deletes the keys of the tenant that were retired before `until` and with which nothing is sealed; waits until no transaction seals. */
  async deleteUnused(client: PoolClient, tenantId: string, until: Date): Promise<void> {
    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [sealingLock(this.keys.schema, tenantId)]);
    const unused = this.columnsOf(tenantId).map((column) => `and not exists (select from ${this.#from(column)} and ${KEY_OF(column.column)} = decode(replace(retired.id::text, '-', ''), 'hex'))`);
    await client.query(
      `with retired as materialized (select id from ${this.keys.schema}.data_key where tenant_id = $1 and retired_at <= $2),
        unused as materialized (select id as key from retired where true ${unused.join(' ')})
        delete from ${this.keys.schema}.data_key where tenant_id = $1 and id in (select key from unused)`, [tenantId, until]);
  }

  #reseal(value: Buffer, aad: string, current: DataKey, retired: ReadonlyMap<string, DataKey>): Buffer | null {
    let plaintext: Buffer;
    try {
      const key = retired.get(keyIdOf(value).toString('hex'));
      if (!key) throw new Error('not by a retired key');
      plaintext = open(key.key, value, aad);
    } catch {
      // Counted by the caller, who says so: one damaged value must not keep the others under an old key.
      return null;
    }
    return seal(current.key, current.id, plaintext, aad);
  }

  /** The lock goes with the transaction: what it seals is not sealed with a key that is deleted meanwhile. */
  async #keysOf(client: PoolClient, tenantId: string): Promise<{ current: DataKey | null; retired: Map<string, DataKey> }> {
    await client.query('select pg_advisory_xact_lock_shared(hashtextextended($1, 0))', [sealingLock(this.keys.schema, tenantId)]);
    const { rows } = await client.query<WrappedKey & { current: boolean }>(
      `select id, wrapped, retired_at is null as current from ${this.keys.schema}.data_key where tenant_id = $1 and purpose = 'SEAL'`, [tenantId]);
    const retired = new Map<string, DataKey>();
    let current: DataKey | null = null;
    for (const row of rows) {
      const key = await this.keys.unwrapped(tenantId, row);
      if (row.current) current = key;
      else retired.set(key.id.toString('hex'), key);
    }
    return { current, retired };
  }

  #table({ table }: SealedColumn): string {
    return `${this.keys.schema}.${table}`;
  }

  /** `$1` is the tenant of the key. */
  #from(column: SealedColumn): string {
    return `${this.#table(column)} where ${column.column} is not null and ${'column' in column.tenant ? `${column.tenant.column} = $1` : '$1::uuid is not null'}`;
  }
}
