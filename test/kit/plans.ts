// What the statements of a transaction read, as PostgreSQL itself counts it: rows of tables that were scanned, and indexes that were used.
import { sql } from 'kysely';
import type { Tx } from '../../subgraphs/kernel/data/database.js';

export interface Reads {
  /** Tables that were read from end to end, with the rows that were. */
  scanned: Record<string, number>;
  /** Indexes with the entries read. */
  indexes: Record<string, number>;
}

/** Rows of a table that is read whole, whatever for, count; tables of less than this many are read so by every planner. */
const SMALL = 100;

/** @returns what was read by this transaction so far, in tables of the schema that are not tiny */
export async function readsOf(tx: Tx, schema: string): Promise<Reads> {
  const { rows } = await sql<{ name: string; kind: string; read: string }>`
    select c.relname as name, c.relkind::text as kind, pg_stat_get_xact_tuples_returned(c.oid)::text as read
    from pg_class c where c.relnamespace = ${schema}::regnamespace and c.relkind in ('r', 'i') and pg_stat_get_xact_numscans(c.oid) > 0`.execute(tx.getKysely());
  const of = (kind: string, least: number): Record<string, number> =>
    Object.fromEntries(rows.filter((row) => row.kind === kind && Number(row.read) >= least).map(({ name, read }) => [name, Number(read)]));
  return { scanned: of('r', SMALL), indexes: of('i', 0) };
}

/** What `work` read. */
export async function readBy(tx: Tx, schema: string, work: () => Promise<unknown>): Promise<Reads> {
  const before = await readsOf(tx, schema);
  await work();
  const after = await readsOf(tx, schema);
  const more = (now: Record<string, number>, then: Record<string, number>): Record<string, number> =>
    Object.fromEntries(Object.entries(now).map(([name, read]) => [name, read - (then[name] ?? 0)] as const).filter(([name, read]) => read > 0 || !(name in then)));
  return { scanned: more(after.scanned, before.scanned), indexes: more(after.indexes, before.indexes) };
}
