// Field encryption: a master key wraps the data keys of a tenant; a ciphertext opens only in its own tenant, table, column and row.
import { hkdfSync } from 'node:crypto';
import { sql } from 'kysely';
import type { Tx } from '../data/database.js';
import { keyIdOf, open, seal } from './aead.js';
import { DataKeys, sealingLock, type DataKey, type KeyPurpose, type WrappedKey } from './data-keys.js';
import type { MasterKeyPort } from './master-key.js';

/** Where a value lives. Authenticated with it, so a ciphertext moved elsewhere does not open. */
export interface FieldAddress {
  tenantId: string;
  table: string;
  column: string;
  row: string;
}

/** The key of a value, or of a tenant, is not there: the tenant is being erased, or has been. */
export class TenantKeyGone extends Error {}

export const aadOf = ({ tenantId, table, column, row }: FieldAddress): string => JSON.stringify([tenantId, table, column, row]);

export class Envelope {
  readonly keys: DataKeys;

  /**
   * @param schema whose `data_key` table holds the wrapped keys
   * @param now milliseconds of a clock that only goes forward
   */
  constructor(schema: string, master: MasterKeyPort, now?: () => number) {
    this.keys = new DataKeys(schema, master, now);
  }

  /** Seals with the tenant's current key. To be stored by the same transaction: until it ends, the key is not deleted. */
  async seal(tx: Tx, address: FieldAddress, plaintext: string): Promise<Buffer> {
    const { id, key } = await this.#current(tx, address.tenantId, 'SEAL');
    return seal(key, id, Buffer.from(plaintext, 'utf8'), aadOf(address));
  }

  /** @throws TenantKeyGone when its key was destroyed; Error when the value was moved or altered */
  async open(tx: Tx, address: FieldAddress, ciphertext: Buffer): Promise<string> {
    const { key } = await this.#byId(tx, address.tenantId, keyIdOf(ciphertext).toString('hex'));
    return open(key, ciphertext, aadOf(address)).toString('utf8');
  }

  /** A key of the tenant for one `purpose`, from which neither that of another purpose nor what it is derived from follows. Rotation leaves it. */
  async derivedKey(tx: Tx, tenantId: string, purpose: string): Promise<Buffer> {
    return this.#derive(await this.#current(tx, tenantId, 'DERIVE'), purpose);
  }

  /** The same for who must not bring it about: within a transaction that only reads. Null: the tenant has no key to derive others from (any more). */
  async knownDerivedKey(tx: Tx, tenantId: string, purpose: string): Promise<Buffer | null> {
    const known = await this.#selectCurrent(tx, tenantId, 'DERIVE');
    return known && this.#derive(known, purpose);
  }

  #derive({ key }: DataKey, purpose: string): Buffer {
    return Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), JSON.stringify([this.keys.schema, purpose]), 32));
  }

  async #current(tx: Tx, tenantId: string, purpose: KeyPurpose): Promise<DataKey> {
    const known = await this.#selectCurrent(tx, tenantId, purpose);
    if (known) return known;
    const { id, wrapped } = await this.keys.create(tenantId);
    // Two first uses at once: the unique index keeps one key, and both read it back.
    await sql`insert into ${this.#table} (tenant_id, id, wrapped, created_at, purpose)
      values (${tenantId}::uuid, ${id}::uuid, ${wrapped}, now(), ${purpose}) on conflict do nothing`.execute(tx.getKysely());
    const kept = await this.#selectCurrent(tx, tenantId, purpose);
    if (!kept) throw new Error('The tenant has no data key.');
    return kept;
  }

  async #byId(tx: Tx, tenantId: string, hex: string): Promise<DataKey> {
    const known = this.keys.known(tenantId, hex);
    if (known) return known;
    const found = await sql<WrappedKey>`select id, wrapped from ${this.#table} where tenant_id = ${tenantId}::uuid and id = ${hex}::uuid`.execute(tx.getKysely());
    const [row] = found.rows;
    if (row) return this.keys.unwrapped(tenantId, row);
    this.keys.forget(tenantId, hex);
    throw new TenantKeyGone('The key of this value does not exist (any more).');
  }

  async #selectCurrent(tx: Tx, tenantId: string, purpose: KeyPurpose): Promise<DataKey | null> {
    const held = purpose === 'SEAL'
      ? sql`with held as materialized (select pg_advisory_xact_lock_shared(hashtextextended(${sealingLock(this.keys.schema, tenantId)}, 0))) select id, wrapped from held,`
      : sql`select id, wrapped from`;
    const found = await sql<WrappedKey>`${held} ${this.#table}
      where tenant_id = ${tenantId}::uuid and purpose = ${purpose} and retired_at is null`.execute(tx.getKysely());
    const [row] = found.rows;
    return row ? this.keys.unwrapped(tenantId, row) : null;
  }

  get #table() {
    return sql.table(`${this.keys.schema}.data_key`);
  }
}
