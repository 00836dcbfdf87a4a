// Which files there are of a tenant, and how large: written in the transaction that shows a file or ends it, beside the file itself.
import { sql } from 'kysely';
import type { Tx } from './database.js';

export interface KeptFile {
  /** As in the place where it is kept. */
  key: string;
  bytes: number;
}

export class StoredFiles {
  readonly #table;

  constructor(schema: string) {
    this.#table = sql.table(`${schema}.stored_file`);
  }

  /** From the commit on the file counts: in the transaction that shows it, once it is whole. One that has the same key is replaced. */
  async keep(tx: Tx, tenantId: string, { key, bytes }: KeptFile, now: Date): Promise<void> {
    await sql`delete from ${this.#table} where tenant_id = ${tenantId}::uuid and key = ${key}`.execute(tx.getKysely());
    await sql`insert into ${this.#table} (tenant_id, key, bytes, stored_at) values (${tenantId}::uuid, ${key}, ${bytes}, ${now})`.execute(tx.getKysely());
  }

  /** Gives back the bytes of every file whose key begins with `prefix`: in the transaction that says they have gone, after they have. */
  async drop(tx: Tx, tenantId: string, prefix: string): Promise<void> {
    // A range, which row-level security lets use the key. Nothing sorts after the last character there is.
    await sql`delete from ${this.#table} where tenant_id = ${tenantId}::uuid and key >= ${prefix} and key < ${`${prefix}\u{10ffff}`}`.execute(tx.getKysely());
  }
}
