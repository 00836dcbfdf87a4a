// How many rows each table had at one point of the log, and what they hash to: by which a restored database is compared with the one that was backed up.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { withClient } from './backup.client.js';

export interface Fingerprint {
  database: string;
  /** Name of the restore point, and where it is. */
  point: string;
  lsn: string;
  tables: Record<string, TablePrint>;
}

export interface TablePrint {
  rows: string;
  /** A sum over the rows, which do not come in any order. */
  hash: string;
}

/** Tables of which a crash keeps nothing are not restored either. */
const TABLES = `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and c.relpersistence = 'p' and n.nspname <> 'information_schema' and n.nspname !~ '^pg_' order by 1`;
/** Whoever waits behind us waits no longer than this; and below the time after which the server looks for deadlocks, so that it is never they who have to go. */
const LOCK_MS = 400;
const TRIES = 8;
const BUSY = new Set(['55P03', '40P01']);

/**
 * For an instant nobody writes to any table: then a snapshot and a restore point show the same, and everybody goes on while it is read.
 * @param url of a login that may lock the tables and name restore points
 * @returns what came of it, or why nothing did, in a word
 */
export async function takeFingerprint(url: string, point: string): Promise<Fingerprint | string> {
  return withClient(url, (reader) => withClient(url, async (holder) => {
    for (let left = TRIES; left > 0; left -= 1) {
      try {
        return await hold(holder, reader, point);
      } catch (error) {
        await Promise.all([holder.query('rollback'), reader.query('rollback')]);
        const { code = '' } = error as { code?: string };
        if (code === '42501') return 'the login may not lock every table or name a point of the log';
        if (!BUSY.has(code)) throw error;
        await sleep(100 * (TRIES - left + 1));
      }
    }
    return 'writers never left every table alone for an instant';
  }));
}

async function hold(holder: Client, reader: Client, point: string): Promise<Fingerprint> {
  const tables = await tablesOf(holder);
  await holder.query(`begin isolation level repeatable read; set local lock_timeout = ${LOCK_MS}`);
  if (tables.length > 0) await holder.query(`lock table ${tables.join(', ')} in share mode`);
  const { rows: [taken] } = await holder.query<{ snapshot: string; database: string }>('select pg_export_snapshot() as snapshot, current_database() as database');
  const { rows: [named] } = await holder.query<{ lsn: string }>('select pg_create_restore_point($1)::text as lsn', [point]);
  await reader.query('begin isolation level repeatable read, read only');
  await reader.query(`set transaction snapshot '${taken?.snapshot ?? ''}'`);
  await holder.query('commit');
  const prints = await printsOf(reader, tables);
  await reader.query('commit');
  return { database: taken?.database ?? '', point, lsn: named?.lsn ?? '', tables: prints };
}

const tablesOf = async (client: Client): Promise<string[]> => (await client.query<{ name: string }>(TABLES)).rows.map(({ name }) => name);

async function printsOf(client: Client, tables: readonly string[]): Promise<Record<string, TablePrint>> {
  // How values are written must not depend on who asks.
  await client.query(`set local timezone = 'UTC'; set local datestyle = 'ISO'; set local intervalstyle = 'postgres'; set local bytea_output = 'hex'; set local extra_float_digits = 1; set local row_security = off`);
  const prints: Record<string, TablePrint> = {};
  for (const table of tables) {
    const { rows: [print] } = await client.query<TablePrint>(
      `select count(*)::text as rows, coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text as hash from only ${table} t`);
    prints[table] = { rows: print?.rows ?? '0', hash: print?.hash ?? '0' };
  }
  return prints;
}

/** Reads the same of a restored database. @returns what differs, a sentence each */
export async function compareFingerprint(url: string, { tables }: Fingerprint): Promise<string[]> {
  return withClient(url, async (client) => {
    await client.query('begin isolation level repeatable read, read only');
    const found = await printsOf(client, await tablesOf(client));
    await client.query('commit');
    return [...new Set([...Object.keys(tables), ...Object.keys(found)])].sort().flatMap((table) => {
      const [was, is] = [tables[table], found[table]];
      if (!was) return [`${table} is there and was not`];
      if (!is) return [`${table} is missing`];
      if (was.rows !== is.rows) return [`${table} has ${is.rows} rows in place of ${was.rows}`];
      return was.hash === is.hash ? [] : [`${table} has other rows`];
    });
  });
}
