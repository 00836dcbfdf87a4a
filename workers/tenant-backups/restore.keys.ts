// What opens the sealed values of a restored schema: the keys of the snapshot beside those there are; or, for a new tenant, a key of its own, under which everything is sealed anew.
import type { Client } from 'pg';
import { keyIdOf, open, seal } from '../../subgraphs/kernel/crypto/aead.js';
import { DataKeys, keyAad, sealingLock, type DataKey } from '../../subgraphs/kernel/crypto/data-keys.js';
import { aadOf } from '../../subgraphs/kernel/crypto/envelope.js';
import type { MasterKeyPort } from '../../subgraphs/kernel/crypto/master-key.js';
import type { SealedColumn } from '../../subgraphs/kernel/crypto/sealed-column.js';
import type { TenantRestorePlan } from './restore.plan.js';
import type { KeyLine } from './snapshot.rows.js';
import type { TenantSchema } from './tenant.source.js';

interface Parts { schema: TenantSchema; plan: TenantRestorePlan; master: MasterKeyPort }

export class RestoredKeys {
  /** Values that do not open: they stay as they are. */
  unreadable = 0;
  readonly #keys = new Map<string, Buffer>();
  #own: DataKey | null = null;

  private constructor(private readonly client: Client, private readonly parts: Parts) {}

  /** Until the transaction ends no key of the tenant is deleted. */
  static async begin(client: Client, parts: Parts): Promise<RestoredKeys> {
    await client.query('select pg_advisory_xact_lock_shared(hashtextextended($1, 0))', [sealingLock(parts.schema.name, parts.plan.target)]);
    return new RestoredKeys(client, parts);
  }

  async add(line: string): Promise<void> {
    const { id, purpose, createdAt, retiredAt, key } = JSON.parse(line) as KeyLine;
    const bytes = Buffer.from(key, 'base64');
    this.#keys.set(id.replaceAll('-', ''), bytes);
    const { schema: { name }, plan: { target, ids }, master } = this.parts;
    if (ids) return;
    // One seals at a time: what there is by now goes on sealing, and that of the snapshot opens.
    await this.client.query(`insert into ${name}.data_key (tenant_id, id, wrapped, created_at, purpose, retired_at)
      select $1::uuid, $2::uuid, $3, $4, $5, case when $5 = 'SEAL' and exists (select from ${name}.data_key k where k.tenant_id = $1 and k.purpose = $5 and k.retired_at is null and k.id <> $2)
        then coalesce($6::timestamptz, now()) else $6::timestamptz end
      on conflict do nothing`, [target, id, await master.wrap(bytes, keyAad(name, target, id)), createdAt, purpose, retiredAt]);
  }

  /** Every key was added. */
  async ready(): Promise<void> {
    const { schema: { name, sealed }, plan: { target, ids }, master } = this.parts;
    if (!ids || this.#own || this.#keys.size === 0 || sealed.length === 0) return;
    const keys = new DataKeys(name, master);
    const made = await keys.create(target);
    await this.client.query(`insert into ${name}.data_key (tenant_id, id, wrapped, created_at, purpose) values ($1, $2, $3, now(), 'SEAL')`, [target, made.id, made.wrapped]);
    this.#own = await keys.unwrapped(target, made);
  }

  /** @param was the line as it is in the snapshot @param is the same with its new ids */
  resealed(table: string, was: string, is: string, sealed: readonly SealedColumn[]): string {
    const columns = sealed.filter((one) => one.table === table && 'column' in one.tenant && one.tenant.column === 'tenant_id');
    if (columns.length === 0) return is;
    const [before, after] = [JSON.parse(was), JSON.parse(is)] as [Record<string, string | null>, Record<string, string | null>];
    const { plan: { manifest: { tenant }, target } } = this.parts;
    let line = is;
    for (const { column, row } of columns) {
      const value = before[column];
      if (value === null || value === undefined) continue;
      const plain = this.#open(Buffer.from(value.slice(2), 'hex'), aadOf({ tenantId: tenant, table, column, row: before[row] ?? '' }));
      if (plain === null || !this.#own) {
        this.unreadable += 1;
        continue;
      }
      const anew = seal(this.#own.key, this.#own.id, plain, aadOf({ tenantId: target, table, column, row: after[row] ?? '' }));
      // In the text, so that nothing else of the row is read and written by this program.
      line = line.replace(JSON.stringify(value), () => JSON.stringify(`\\x${anew.toString('hex')}`));
    }
    return line;
  }

  #open(value: Buffer, aad: string): Buffer | null {
    try {
      const key = this.#keys.get(keyIdOf(value).toString('hex'));
      return key ? open(key, value, aad) : null;
    } catch {
      // Counted, and told: one damaged value must not keep a tenant from all its others.
      return null;
    }
  }
}
