// What is metered without a counter that all would wait for: triggers tell of each change in a row of its own, and the counter takes them in together.
import { tenantTable } from './kernel-tables.js';

/**
 * Statements of the migration of a subgraph that meters. A tally is committed with the change it tells of and never without it, by whatever
 * code or version of the product makes that change; `Quotas.fold` deletes it in the transaction that adds it to the counter.
 */
export const meterTables = (schema: string): string[] => [
  `create table ${schema}.usage_tally (
    tenant_id uuid not null,
    id bigint generated always as identity,
    name text not null,
    at timestamptz(3) not null,
    amount bigint not null,
    primary key (tenant_id, id)
  )`,
  `create index usage_tally_at on ${schema}.usage_tally (at)`,
  ...tenantTable(schema, 'usage_tally', 'select, insert, delete'),
];

export interface Tallied {
  table: string;
  /** What is counted, as an expression of the row. */
  name: string;
  /** The instant whose month it belongs to, as an expression of the row. */
  at: string;
  on?: 'insert' | 'delete';
  /** An aggregate of the rows of one statement. */
  amount?: string;
  /** Which rows; all when absent. */
  where?: string;
}

/** Statements after which every row that is added to a table, or taken from it, is told of. */
export function tallyRows(schema: string, { table, name, at, on = 'insert', amount = 'count(*)', where = 'true' }: Tallied): string[] {
  const tally = `tally_${table}_${on}`;
  return [
    `create function ${schema}.${tally}() returns trigger language plpgsql as $$
      begin
        insert into ${schema}.usage_tally (tenant_id, name, at, amount)
          select tenant_id, ${name}, ${at}, ${amount} from changed where ${where} group by 1, 2, 3;
        return null;
      end $$`,
    `revoke all on function ${schema}.${tally}() from public`,
    `create trigger ${tally} after ${on} on ${schema}.${table} referencing ${on === 'insert' ? 'new' : 'old'} table as changed
      for each statement execute function ${schema}.${tally}()`,
  ];
}

/** What storage is called as a quota. */
export const STORAGE_BYTES = 'STORAGE_BYTES';

/**
 * The files a subgraph keeps for its tenants. The row is the truth: a file counts while it has one, so that what a writer who died has
 * left is nobody's, and what is deleted or has expired gives its bytes back.
 */
export const storedFileTables = (schema: string): string[] => [
  `create table ${schema}.stored_file (
    tenant_id uuid not null,
    key text collate "C" not null,
    bytes bigint not null check (bytes >= 0),
    stored_at timestamptz(3) not null,
    primary key (tenant_id, key)
  )`,
  ...tenantTable(schema, 'stored_file', 'select, insert, delete'),
];

/** The triggers of `storedFileTables`: after the rows of files that were there before. */
export const tallyFiles = (schema: string): string[] => [
  ...tallyRows(schema, { table: 'stored_file', name: `'${STORAGE_BYTES}'`, at: 'stored_at', amount: 'sum(bytes)' }),
  ...tallyRows(schema, { table: 'stored_file', on: 'delete', name: `'${STORAGE_BYTES}'`, at: 'clock_timestamp()', amount: '-sum(bytes)' }),
];
