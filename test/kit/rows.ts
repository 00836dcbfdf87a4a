// Some row for each table of a migrated scratch database: of the right types, and past the constraints that a product's data would meet.
import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';

export interface RowOwner {
  tenant: string;
  user: string;
}

interface Column {
  schema: string;
  table: string;
  name: string;
  type: string;
}

const COLUMNS = `select n.nspname as schema, c.relname as "table", a.attname as name, format_type(a.atttypid, null) as type
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any ($1) and c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0 and not a.attisdropped
    and a.attgenerated = '' and a.attidentity = ''
    and exists (select from pg_attribute k where k.attrelid = c.oid and k.attname in ('tenant_id', 'user_id'))
  order by 1, 2, a.attnum`;

const CHECKS = `select format('alter table %s drop constraint %I', conrelid::regclass, conname) as statement from pg_constraint
  where contype = 'c' and conrelid <> 0 and coninhcount = 0 and connamespace::regnamespace::text = any ($1)`;

let serial = 0;

/** One row of each owner in each table of a tenant or person. Check constraints are dropped, foreign keys and triggers do not look. @returns the last owner's rows by schema and table */
export async function fillTables(admin: Client, schemas: readonly string[], owners: readonly RowOwner[]): Promise<Map<string, Map<string, object>>> {
  for (const { statement } of (await admin.query<{ statement: string }>(CHECKS, [schemas])).rows) await admin.query(statement);
  const columns = (await admin.query<Column>(COLUMNS, [schemas])).rows;
  const tables = Map.groupBy(columns, ({ schema, table }) => `${schema}.${table}`);
  const filled = new Map<string, Map<string, object>>(schemas.map((schema) => [schema, new Map()]));
  await admin.query(`set session_replication_role = 'replica'`);
  for (const owner of owners) {
    for (const [table, of] of tables) {
      const row = Object.fromEntries(of.map(({ name, type }) => [name, name === 'tenant_id' ? owner.tenant : name === 'user_id' ? owner.user : valueOf(type)]));
      await admin.query(`insert into ${table} (${of.map(({ name }) => `"${name}"`).join(', ')}) select ${of.map(({ name }) => `"${name}"`).join(', ')} from jsonb_populate_record(null::${table}, $1)`, [row])
        .catch((error: Error) => { throw new Error(`${table} took no row: ${error.message}`); });
      filled.get(of[0]?.schema ?? '')?.set(of[0]?.table ?? '', row);
    }
  }
  await admin.query(`set session_replication_role = 'origin'`);
  return filled;
}

/** A value of a type; each another one, as far as the type allows. */
export function valueOf(type: string): unknown {
  serial += 1;
  if (type.endsWith('[]')) return [];
  const value: unknown = {
    uuid: randomUUID(), text: `text ${serial}`, 'character varying': `text ${serial}`, character: 'x', smallint: serial % 30_000, integer: serial, bigint: serial, numeric: serial, 'double precision': serial, real: serial,
    boolean: true, jsonb: {}, json: {}, bytea: `\\x${serial.toString(16).padStart(8, '0')}`, inet: '192.0.2.1', cidr: '192.0.2.0/24', date: '2026-11-29', tsvector: '', interval: '1 second', int8multirange: '{}', int8range: 'empty', tstzrange: 'empty', xid8: '1',
  }[type];
  if (value !== undefined) return value;
  if (type.startsWith('timestamp')) return new Date().toISOString();
  throw new Error(`No value of the type ${type} is known: add one here.`);
}
