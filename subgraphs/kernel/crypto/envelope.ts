// Field encryption: a master key wraps one data key a tenant; a ciphertext opens only in its own tenant, table, column and row.
import { hkdfSync, randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { LRUCache } from 'lru-cache';
import { newId } from '../base/ids.js';
import type { Tx } from '../data/database.js';
import { keyIdOf, open, seal } from './aead.js';
import type { MasterKeyPort } from './master-key.js';

/** Where a value lives. Authenticated with it, so a ciphertext moved elsewhere does not open. */
export interface FieldAddress {
  tenantId: string;
  table: string;
  column: string;
  row: string;
}

interface DataKey { id: Buffer; key: Buffer }

const aadOf = ({ tenantId, table, column, row }: FieldAddress): string => JSON.stringify([tenantId, table, column, row]);
const bytesOf = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex');

export class Envelope {
  readonly #keys = new LRUCache<string, DataKey>({ max: 1_000, ttl: 300_000 });

  /** @param schema whose `data_key` table holds the wrapped keys */
  constructor(private readonly schema: string, private readonly master: MasterKeyPort) {}

  async seal(tx: Tx, address: FieldAddress, plaintext: string): Promise<Buffer> {
    const { id, key } = await this.#current(tx, address.tenantId);
    return seal(key, id, Buffer.from(plaintext, 'utf8'), aadOf(address));
  }

  /** @throws when the value was moved, altered or its key destroyed */
  async open(tx: Tx, address: FieldAddress, ciphertext: Buffer): Promise<string> {
    const { key } = await this.#byId(tx, address.tenantId, keyIdOf(ciphertext).toString('hex'));
    return open(key, ciphertext, aadOf(address)).toString('utf8');
  }

  /** A key of the tenant for one `purpose`, from which neither the data key nor that of another purpose follows. */
  async derivedKey(tx: Tx, tenantId: string, purpose: string): Promise<Buffer> {
    const { key } = await this.#current(tx, tenantId);
    return Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), JSON.stringify([this.schema, purpose]), 32));
  }

  async #current(tx: Tx, tenantId: string): Promise<DataKey> {
    const known = await this.#select(tx, tenantId);
    if (known) return known;
    const key = randomBytes(32);
    const id = newId();
    const wrapped = await this.master.wrap(key, this.#keyAad(tenantId, id));
    // Two first uses at once: the unique index keeps one key, and both read it back.
    await sql`insert into ${sql.table(`${this.schema}.data_key`)} (tenant_id, id, wrapped, created_at)
      values (${tenantId}::uuid, ${id}::uuid, ${wrapped}, now()) on conflict do nothing`.execute(tx.getKysely());
    const kept = await this.#select(tx, tenantId);
    if (!kept) throw new Error('The tenant has no data key.');
    return kept;
  }

  async #byId(tx: Tx, tenantId: string, hex: string): Promise<DataKey> {
    const cached = this.#keys.get(`${tenantId}/${hex}`);
    if (cached) return cached;
    const key = await this.#select(tx, tenantId, hex);
    if (!key) throw new Error('The key of this value does not exist (any more).');
    this.#keys.set(`${tenantId}/${hex}`, key);
    return key;
  }

  async #select(tx: Tx, tenantId: string, hex?: string): Promise<DataKey | null> {
    const found = await sql<{ id: string; wrapped: Buffer }>`select id, wrapped from ${sql.table(`${this.schema}.data_key`)}
      where tenant_id = ${tenantId}::uuid ${hex ? sql`and id = ${hex}::uuid` : sql``} limit 1`.execute(tx.getKysely());
    const row = found.rows[0];
    return row ? { id: bytesOf(row.id), key: await this.master.unwrap(row.wrapped, this.#keyAad(tenantId, row.id)) } : null;
  }

  #keyAad(tenantId: string, id: string): string {
    return JSON.stringify(['data_key', this.schema, tenantId, id]);
  }
}
