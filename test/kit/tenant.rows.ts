// A tenant with rows in every table of every schema, which refer to each other as foreign keys want it, and with values that are sealed with keys of its own.
import type { Client } from 'pg';
import { definitions } from '../../ops/composition.js';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { seal } from '../../subgraphs/kernel/crypto/aead.js';
import { DataKeys, type DataKey } from '../../subgraphs/kernel/crypto/data-keys.js';
import { aadOf } from '../../subgraphs/kernel/crypto/envelope.js';
import type { MasterKeyPort } from '../../subgraphs/kernel/crypto/master-key.js';
import { tenantTables } from '../../subgraphs/kernel/data/tenant-rows.js';
import { valueOf } from './rows.js';

type Row = Record<string, unknown>;

const ROWS = 3;

interface Facts {
  columns: { name: string; type: string }[];
  parents: { table: string; columns: string[]; of: string[] }[];
}

const FACTS = `select
  (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, null)) order by a.attnum) from pg_attribute a
    where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and a.attidentity = '') as columns,
  coalesce((select json_agg(json_build_object('table', p.relname,
      'columns', (select json_agg(a.attname order by k.at) from unnest(c.conkey) with ordinality k (num, at) join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.num),
      'of', (select json_agg(a.attname order by k.at) from unnest(c.confkey) with ordinality k (num, at) join pg_attribute a on a.attrelid = c.confrelid and a.attnum = k.num)))
    from pg_constraint c join pg_class p on p.oid = c.confrelid where c.conrelid = $1::regclass and c.contype = 'f'), '[]') as parents`;

/** Check constraints have no part in it: they are what a product's data would meet. */
export async function dropChecks(admin: Client): Promise<void> {
  const { rows } = await admin.query<{ statement: string }>(`select format('alter table %s drop constraint %I', conrelid::regclass, conname) as statement from pg_constraint
    where contype = 'c' and conrelid <> 0 and coninhcount = 0 and connamespace::regnamespace::text = any ($1)`, [definitions.map(({ name }) => name)]);
  for (const { statement } of rows) await admin.query(statement);
}

export interface FilledTenant {
  id: string;
  people: string[];
  /** By key. */
  files: Map<string, Buffer>;
  /** What was sealed, by `schema.table.column row`. */
  sealed: Map<string, string>;
}

/** Triggers do not look while it is written, so that each table has exactly what it is given. */
export async function fillTenant(admin: Client, master: MasterKeyPort, state: string): Promise<FilledTenant> {
  const tenant: FilledTenant = { id: newId(), people: [], files: new Map(), sealed: new Map() };
  for (let number = 0; number < ROWS; number += 1) {
    const id = newId();
    tenant.people.push(id);
    await admin.query(`insert into identity.account (id, email, password_hash, display_name, created_at) values ($1::uuid, $1 || '@example.org', 'x', 'Somebody', now())`, [id]);
  }
  await admin.query(`set session_replication_role = 'replica'`);
  for (const { name: schema, sealed = [] } of definitions) {
    const keys = new DataKeys(schema, master);
    const made = await keys.create(tenant.id);
    const key = await keys.unwrapped(tenant.id, made);
    await admin.query(`insert into ${schema}.data_key (tenant_id, id, wrapped, created_at) values ($1, $2, $3, now())`, [tenant.id, made.id, made.wrapped]);
    const filled = new Map<string, Row[]>();
    for (const table of (await tenantTables(admin, schema)).toReversed()) {
      if (table === 'data_key') continue;
      const { rows: [facts] } = await admin.query<Facts>(FACTS, [`${schema}.${table}`]);
      if (!facts) throw new Error(`${schema}.${table} has no columns.`);
      const rows: Row[] = [];
      const wanted = await isSingle(admin, schema, table) ? 1 : ROWS;
      for (let number = 0; number < wanted; number += 1) rows.push(rowOf(tenant, facts, filled, { table, rows, number }));
      for (const row of rows) {
        if (table === 'tenant') Object.assign(row, { state, tier: 'PROFESSIONAL' });
        for (const { column, row: address } of sealed.filter((one) => one.table === table && 'column' in one.tenant)) sealInto(tenant, key, { schema, table, column, address }, row);
        await admin.query(`insert into ${schema}.${table} (${facts.columns.map(({ name }) => `"${name}"`).join(', ')}) select ${facts.columns.map(({ name }) => `"${name}"`).join(', ')} from jsonb_populate_record(null::${schema}.${table}, $1)`, [row])
          .catch((error: Error) => { throw new Error(`${schema}.${table} took no row: ${error.message}`); });
      }
      filled.set(table, rows);
    }
  }
  await admin.query(`set session_replication_role = 'origin'`);
  return tenant;
}

/** Of some tables a tenant has one row. */
async function isSingle(admin: Client, schema: string, table: string): Promise<boolean> {
  const { rows: [key] } = await admin.query<{ columns: number }>(`select cardinality(conkey) as columns from pg_constraint where conrelid = $1::regclass and contype = 'p'`, [`${schema}.${table}`]);
  return key?.columns === 1 && table !== 'outbox';
}

let serial = 0;

/** Of moments, days and ids no two are alike, and a later one is later. */
function ownValue(type: string): unknown {
  serial += 1;
  if (type === 'uuid') return newId();
  if (type === 'date') return new Date(Date.UTC(2020, 0, 1 + serial)).toISOString().slice(0, 10);
  return type.startsWith('timestamp') && !type.endsWith('[]') ? new Date(Date.now() + serial).toISOString() : valueOf(type);
}

function rowOf(tenant: FilledTenant, { columns, parents }: Facts, filled: ReadonlyMap<string, Row[]>, { table, rows: before, number }: { table: string; rows: Row[]; number: number }): Row {
  const row: Row = Object.fromEntries(columns.map(({ name, type }) => [name, ownValue(type)]));
  row['tenant_id'] = tenant.id;
  if ('user_id' in row) row['user_id'] = tenant.people[number];
  for (const { table: parent, columns: mine, of } of parents) {
    const own = parent === table;
    const rows = own ? before : filled.get(parent) ?? [];
    // The last of those that refer to their own kind refers to the first, and nothing refers to it: what does would follow it there.
    const place = own ? (number === ROWS - 1 ? 0 : -1) : ['contact', 'customer'].includes(parent) && number === ROWS - 1 ? 0 : Math.min(number, rows.length - 1);
    for (const [at, column] of mine.entries()) if (column in row && column !== 'tenant_id') row[column] = rows[place]?.[of[at] ?? ''] ?? null;
  }
  if (table === 'stored_file') {
    row['key'] = `media/${tenant.id}/${newId()}`;
    const content = Buffer.from(`content ${number} of ${tenant.id}`);
    row['bytes'] = content.length;
    tenant.files.set(String(row['key']), content);
  }
  return row;
}

function sealInto(tenant: FilledTenant, key: DataKey, { schema, table, column, address }: { schema: string; table: string; column: string; address: string }, row: Row): void {
  const text = `sealed ${schema}.${table}.${column} ${String(row[address])}`;
  row[column] = `\\x${seal(key.key, key.id, Buffer.from(text), aadOf({ tenantId: tenant.id, table, column, row: String(row[address]) })).toString('hex')}`;
  tenant.sealed.set(`${schema}.${table}.${column} ${String(row[address])}`, text);
}

/** Every row of a tenant by table, as text. */
export async function rowsOfTenant(admin: Client, tenantId: string): Promise<Map<string, string[]>> {
  await admin.query(`set timezone = 'UTC'; set bytea_output = 'hex'`);
  const found = new Map<string, string[]>();
  for (const { name: schema } of definitions) {
    for (const table of await tenantTables(admin, schema)) {
      const { rows } = await admin.query<{ line: string }>(`select row_to_json(r)::text as line from ${schema}.${table} r where tenant_id = $1 order by 1`, [tenantId]);
      found.set(`${schema}.${table}`, rows.map(({ line }) => line));
    }
  }
  return found;
}
