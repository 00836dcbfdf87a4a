// Reads the rows of a tenant as they are at one moment, and the keys that open what is sealed in them.
import type { Client } from 'pg';
import { DataKeys, type WrappedKey } from '../../subgraphs/kernel/crypto/data-keys.js';
import type { MasterKeyPort } from '../../subgraphs/kernel/crypto/master-key.js';
import type { LinePacks } from './line.packs.js';
import { snapshotTables } from './tenant.tables.js';
import type { TenantSchema } from './tenant.source.js';

/** Rows that are held at once. Some have bodies of a megabyte. */
const BATCH = 100;
export const KEYS = 'data_key';
export const STORED_FILES = 'stored_file';

/** A data key as it lies in a snapshot, whose own key the master key wraps: rotating that one rewraps the snapshot's, and nothing in it. */
export interface KeyLine {
  id: string;
  purpose: string;
  createdAt: string;
  retiredAt: string | null;
  /** In base64. */
  key: string;
}

export interface ListedFileRow { key: string; bytes: number; storedAt: string }

export interface ReadSchema {
  rows: Record<string, number>;
  files: ListedFileRow[];
}

/** Within the transaction of `client`. */
export async function readSchema(client: Client, { name, rules }: TenantSchema, tenantId: string, master: MasterKeyPort, packs: LinePacks): Promise<ReadSchema> {
  const read: ReadSchema = { rows: {}, files: [] };
  for (const line of await keyLines(client, name, tenantId, master)) await packs.add(name, KEYS, JSON.stringify(line));
  for (const { name: table, columns } of await snapshotTables(client, name, rules)) {
    let rows = 0;
    await client.query(`declare lines no scroll cursor for select row_to_json(shown)::text as line from ${name}.${table} r
      cross join lateral (select ${columns.map((column) => `r."${column.name}"`).join(', ')}) shown where r.tenant_id = '${tenantId}'`);
    for (let more = true; more;) {
      const { rows: found } = await client.query<{ line: string }>(`fetch ${BATCH} from lines`);
      for (const { line } of found) {
        await packs.add(name, table, line);
        if (table === STORED_FILES) read.files.push(listed(line));
      }
      rows += found.length;
      more = found.length === BATCH;
    }
    await client.query('close lines');
    read.rows[table] = rows;
  }
  return read;
}

function listed(line: string): ListedFileRow {
  const { key, bytes, stored_at: storedAt } = JSON.parse(line) as { key: string; bytes: number; stored_at: string };
  return { key, bytes, storedAt };
}

async function keyLines(client: Client, schema: string, tenantId: string, master: MasterKeyPort): Promise<KeyLine[]> {
  const keys = new DataKeys(schema, master);
  const { rows } = await client.query<WrappedKey & { purpose: string; createdAt: Date; retiredAt: Date | null }>(
    `select id, wrapped, purpose, created_at as "createdAt", retired_at as "retiredAt" from ${schema}.data_key where tenant_id = $1 order by id`, [tenantId]);
  const lines: KeyLine[] = [];
  for (const { id, wrapped, purpose, createdAt, retiredAt } of rows) {
    const { key } = await keys.unwrapped(tenantId, { id, wrapped });
    lines.push({ id, purpose, createdAt: createdAt.toISOString(), retiredAt: retiredAt?.toISOString() ?? null, key: key.toString('base64') });
  }
  return lines;
}
