// All rows of one tenant in a schema as lines of JSON, found by the catalogue as their erasure finds them: a table that is added is in it by itself.
import type { ClientBase } from 'pg';
import { isUuid } from '../base/ids.js';
import { tenantTables } from './tenant-rows.js';

/** What a subgraph says of handing a tenant its rows; everything with a `tenant_id` goes out that is not named here. */
export interface ExportRules {
  /** What stays: `table`, or `table.column`, and why. */
  withheld: Readonly<Record<string, string>>;
  /** Columns that look like secrets, by their name or as bytes, and go out all the same, and why. */
  shown: Readonly<Record<string, string>>;
}

const PASSED = 'on its way within the installation; where it arrives it is exported';

/** Of every subgraph. */
export const KERNEL_WITHHELD: ExportRules['withheld'] = {
  data_key: 'what seals the tenant\'s secrets', outbox: PASSED, audit_staging: PASSED,
};

/** Rows that are held at once. Some have bodies of a megabyte. */
const BATCH = 100;

const COLUMNS = `select a.attname as name, format_type(a.atttypid, null) as type from pg_attribute a
  where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' order by a.attnum`;

/** A table as it is handed out. */
export interface ExportedTable {
  table: string;
  /** The columns whose values come apart from the line, because they are sealed. */
  sealed: readonly SealedPlace[];
}

export interface SealedPlace {
  column: string;
  /** The column that is the row's part of the address. */
  row: string;
}

export interface ExportedRow {
  /** A JSON object without what is withheld or sealed. */
  line: string;
  /** For each sealed column its address and its value. */
  sealed: { row: string; value: Buffer | null }[];
}

/** The tables of a schema that are handed out, by name. */
export async function exportedTables(client: ClientBase, schema: string, withheld: ExportRules['withheld']): Promise<string[]> {
  return (await tenantTables(client, schema)).filter((table) => !Object.hasOwn(withheld, table)).toSorted();
}

/**
 * The rows of a tenant in one table, within the transaction of `client` and therefore of one moment if that is repeatable read. Numbers of 64 bits
 * are text, since JSON's readers round them; bytes are base64; instants are in the time zone of the session.
 */
export async function* tenantLines(client: ClientBase, schema: string, { table, sealed }: ExportedTable, withheld: ExportRules['withheld'], tenantId: string): AsyncGenerator<ExportedRow> {
  if (!isUuid(tenantId)) throw new Error('A tenant is named by its UUID.');
  const columns = (await client.query<{ name: string; type: string }>(COLUMNS, [`${schema}.${table}`])).rows
    .filter(({ name }) => !Object.hasOwn(withheld, `${table}.${name}`) && !sealed.some(({ column }) => column === name));
  const apart = sealed.flatMap(({ column, row }, place) => [`of.${row}::text as "row${place}"`, `of.${column} as "value${place}"`]);
  await client.query(`declare lines no scroll cursor for select ${['row_to_json(shown)::text as line', ...apart].join(', ')}
    from ${schema}.${table} of cross join lateral (select ${columns.map(expression).join(', ')}) shown where of.tenant_id = '${tenantId}'`);
  for (let more = true; more;) {
    const { rows } = await client.query<Record<string, unknown>>(`fetch ${BATCH} from lines`);
    for (const found of rows) {
      yield { line: String(found['line']), sealed: sealed.map((_one, place) => ({ row: String(found[`row${place}`]), value: found[`value${place}`] as Buffer | null })) };
    }
    more = rows.length === BATCH;
  }
  await client.query('close lines');
}

function expression({ name, type }: { name: string; type: string }): string {
  const column = `of."${name}"`;
  if (type === 'bytea') return `translate(encode(${column}, 'base64'), E'\\n', '') as "${name}"`;
  return `${column}${type === 'bigint' || type === 'numeric' ? '::text' : ''} as "${name}"`;
}
