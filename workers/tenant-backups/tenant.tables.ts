// The tables of a schema that are in a snapshot, found by the catalogue: in the order in which their rows can be written, with what a row needs.
import type { ClientBase } from 'pg';
import { KERNEL_STAYS, type SnapshotRules } from '../../subgraphs/kernel/data/snapshot-rules.js';
import { tenantTables } from '../../subgraphs/kernel/data/tenant-rows.js';

export interface SnapshotColumn {
  name: string;
  type: string;
}

/** A foreign key: columns of the table, and those they refer to. */
export interface SnapshotParent {
  table: string;
  columns: string[];
  of: string[];
}

export interface SnapshotTable {
  name: string;
  /** Without those that the database makes by itself. */
  columns: SnapshotColumn[];
  key: string[];
  parents: SnapshotParent[];
}

const FACTS = `select
  coalesce((select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, null)) order by a.attnum) from pg_attribute a
    where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''), '[]') as columns,
  (select array_agg(a.attname::text order by k.at) from pg_constraint c, unnest(c.conkey) with ordinality k (num, at) join pg_attribute a on a.attrelid = $1::regclass and a.attnum = k.num
    where c.conrelid = $1::regclass and c.contype = 'p') as key,
  coalesce((select json_agg(json_build_object('table', p.relname,
      'columns', (select json_agg(a.attname order by k.at) from unnest(c.conkey) with ordinality k (num, at) join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.num),
      'of', (select json_agg(a.attname order by k.at) from unnest(c.confkey) with ordinality k (num, at) join pg_attribute a on a.attrelid = c.confrelid and a.attnum = k.num)))
    from pg_constraint c join pg_class p on p.oid = c.confrelid where c.conrelid = $1::regclass and c.contype = 'f'), '[]') as parents`;

/** @returns those that are in a snapshot, parents first, and last those that triggers write to */
export async function snapshotTables(client: ClientBase, schema: string, { stays, ends, written }: SnapshotRules): Promise<SnapshotTable[]> {
  const names = (await tenantTables(client, schema)).toReversed().filter((name) => ![KERNEL_STAYS, stays, ends].some((of) => Object.hasOwn(of, name)));
  const tables: SnapshotTable[] = [];
  for (const name of [...names.filter((one) => !written.includes(one)), ...names.filter((one) => written.includes(one))]) {
    const { rows: [facts] } = await client.query<Omit<SnapshotTable, 'name'>>(FACTS, [`${schema}.${name}`]);
    // What stands beside the rows was made of them by the database itself: a foreign key from such a column says nothing new.
    const columns = facts?.columns ?? [];
    const parents = (facts?.parents ?? []).filter((parent) => parent.columns.every((column) => columns.some((one) => one.name === column)));
    tables.push({ name, columns, key: facts?.key ?? [], parents });
  }
  return tables;
}

/** Rows that a restore deletes before it writes: children first. */
export function doomedTables(tables: readonly SnapshotTable[], { ends, grows, keeps }: SnapshotRules): string[] {
  const upserted = new Set(Object.keys(keeps).map((column) => column.split('.')[0] ?? ''));
  return [...Object.keys(ends), ...tables.map(({ name }) => name).toReversed().filter((name) => !Object.hasOwn(grows, name) && !upserted.has(name))];
}
