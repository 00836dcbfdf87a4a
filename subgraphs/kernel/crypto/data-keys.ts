// The data keys of tenants in memory: unwrapped once, and never used without having been seen in their table a moment ago.
import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { newId } from '../base/ids.js';
import type { MasterKeyPort } from './master-key.js';

export interface DataKey {
  id: Buffer;
  key: Buffer;
}

/** A row of `data_key`. */
export interface WrappedKey {
  id: string;
  wrapped: Buffer;
}

/** What seals, and gives way to another one; and what other keys are derived from, which stays. */
export type KeyPurpose = 'SEAL' | 'DERIVE';

/** A destroyed key is of no use to any process after this time. */
export const SEEN_MS = 1_000;
/** A key that nobody asks for leaves the memory after this time. */
const KEPT_MS = 300_000;

const bytesOf = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex');

/** What a wrapped key is bound to: it opens as that key of that tenant in that schema alone. */
export const keyAad = (schema: string, tenantId: string, id: string): string => JSON.stringify(['data_key', schema, tenantId, id]);

/** Sealing holds it shared until its transaction ends; whoever deletes a retired key holds it alone, so that nothing under way is sealed with it. */
export const sealingLock = (schema: string, tenantId: string): string => `switchboard sealing ${schema} ${tenantId}`;

export class DataKeys {
  readonly #keys = new LRUCache<string, DataKey & { seenAt: number }>({ max: 1_000, ttl: KEPT_MS, ttlAutopurge: true });

  readonly #unwrapping = new Map<string, Promise<Buffer>>();

  /** @param now milliseconds of a clock that only goes forward */
  constructor(readonly schema: string, private readonly master: MasterKeyPort, private readonly now: () => number = () => performance.now()) {}

  /** A key that was in its table less than a second ago. @param hex its id, without dashes */
  known(tenantId: string, hex: string): DataKey | null {
    const known = this.#keys.get(`${tenantId}/${hex}`);
    return known && this.now() - known.seenAt < SEEN_MS ? known : null;
  }

  /** The key of a row that was read just now. */
  async unwrapped(tenantId: string, { id, wrapped }: WrappedKey): Promise<DataKey> {
    const seenAt = this.now();
    const name = `${tenantId}/${bytesOf(id).toString('hex')}`;
    const key = this.#keys.get(name)?.key ?? await this.#unwrap(tenantId, id, wrapped);
    const seen = { id: bytesOf(id), key, seenAt };
    this.#keys.set(name, seen);
    return seen;
  }

  /** The master key may be a program or another machine: it is asked once for those who need a key at the same time. */
  #unwrap(tenantId: string, id: string, wrapped: Buffer): Promise<Buffer> {
    const name = `${tenantId}/${id}/${wrapped.toString('base64')}`;
    const under = this.#unwrapping.get(name) ?? this.master.unwrap(wrapped, keyAad(this.schema, tenantId, id)).finally(() => this.#unwrapping.delete(name));
    this.#unwrapping.set(name, under);
    return under;
  }

  /** The key is not in its table. */
  forget(tenantId: string, hex: string): void {
    this.#keys.delete(`${tenantId}/${hex}`);
  }

  /** A new key, for the table. */
  async create(tenantId: string): Promise<WrappedKey> {
    const id = newId();
    return { id, wrapped: await this.master.wrap(randomBytes(32), keyAad(this.schema, tenantId, id)) };
  }
}
