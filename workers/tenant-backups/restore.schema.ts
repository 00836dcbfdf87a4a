// Restores one schema of a tenant in one transaction, with a row that says so. Killed before it commits nothing has happened; afterwards it is passed over.
import type { Client } from 'pg';
import type { CrashPoint } from '../../subgraphs/kernel/base/crash-points.js';
import { BackupError } from '../backups/backup.error.js';
import { linesOf } from './line.packs.js';
import { RestoredKeys } from './restore.keys.js';
import type { TenantRestorePlan } from './restore.plan.js';
import { RowWriter, thinTables, type WriteRules, type Written } from './row.writer.js';
import { KEYS, STORED_FILES } from './snapshot.rows.js';
import type { TenantRestoreCrashPoint } from './tenant.crash.js';
import { plainly, type TenantSchema, type TenantSources } from './tenant.source.js';
import { doomedTables } from './tenant.tables.js';

export interface RestoredSchema {
  rows: Record<string, Written>;
  /** Values that were sealed and do not open. */
  unreadable: number;
}

/** Whoever works for the tenant meanwhile takes locks in an order of its own. */
const AGAIN = new Set(['40P01', '40001']);
const TRIES = 5;
const TAKEN = '23505';

export interface SchemaOptions {
  sources: TenantSources;
  plan: TenantRestorePlan;
  schema: TenantSchema;
  /** Runs in the same transaction, at its end. */
  last: (client: Client, restored: RestoredSchema) => Promise<void>;
  crash: CrashPoint<TenantRestoreCrashPoint>;
}

/** @returns what was written, now or by a run before */
export async function restoreSchema(client: Client, options: SchemaOptions): Promise<RestoredSchema> {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await once(client, options);
    } catch (error) {
      await client.query('rollback');
      const { code = '', constraint, table } = error as { code?: string; constraint?: string; table?: string };
      if (code === TAKEN) throw new BackupError(`The tenant cannot be restored so: what must be of one tenant only is another's by now (${options.schema.name}.${table ?? ''}, ${constraint ?? ''}). Nothing of ${options.schema.name} was touched.`);
      if (!AGAIN.has(code) || left === 0) throw error;
    }
  }
}

async function once(client: Client, { sources, plan, schema, last, crash }: SchemaOptions): Promise<RestoredSchema> {
  const { name, rules } = schema;
  const { manifest, mode, target, ids } = plan;
  await client.query('begin');
  await plainly(client);
  const { rows: [before] } = await client.query<{ report: RestoredSchema }>(`select report from ${name}.tenant_restored where restore = $1`, [plan.id]);
  if (before) {
    await client.query('rollback');
    return before.report;
  }
  const had = await fileKeys(client, plan, name);
  const restored = await writeRows(client, sources, plan, schema);
  for (const statement of [...rules.after, ...(ids ? rules.anew.after : [])]) await client.query(statement, [target]);
  await uncount(client, name, target);
  const stays = new Set(await fileKeys(client, plan, name));
  await client.query(`insert into ${name}.tenant_restored (restore, restored, snapshot, mode, report, files) values ($1, $2, $3, $4, $5, $6)`,
    [plan.id, target, manifest.id, mode, JSON.stringify(restored), had.filter((key) => !stays.has(key))]);
  await last(client, restored);
  crash('tenant-restore:rows');
  await client.query('commit');
  crash('tenant-restore:schema');
  return restored;
}

async function writeRows(client: Client, sources: TenantSources, plan: TenantRestorePlan, schema: TenantSchema): Promise<RestoredSchema> {
  const { name, rules, sealed } = schema;
  const { manifest, mode, target, ids } = plan;
  const tables = plan.tables[name] ?? [];
  const how: WriteRules = { mode, rules, name: plan.name, thin: thinTables(tables, rules, mode) };
  const keys = await RestoredKeys.begin(client, { schema, plan, master: sources.masterKey });
  const clear = (table: string): Promise<unknown> => client.query(`delete from ${name}."${table}" where tenant_id = $1`, [target]);
  if (mode === 'REPLACE') for (const table of doomedTables(tables, rules)) await clear(table);
  const rows: Record<string, Written> = {};
  let [at, writer]: [string, RowWriter | null] = ['', null];
  for await (const { table, line } of linesOf(sources.repository, manifest.tenant, manifest.packs, name)) {
    if (table === KEYS) {
      await keys.add(line);
      continue;
    }
    if (!writer || at !== table) {
      if (writer) rows[at] = await writer.end();
      await keys.ready();
      const written = tables.find((one) => one.name === table);
      if (!written) throw new BackupError(`The backup ${manifest.id} has rows of ${name}.${table}, which is no table of a tenant here.`);
      // What triggers wrote, as the rows before it were written.
      if (mode !== 'MERGE' && rules.written.includes(table)) await clear(table);
      [at, writer] = [table, new RowWriter(client, name, written, how)];
    }
    if (ids && Object.hasOwn(rules.anew.leaves, table)) continue;
    await writer.add(ids ? keys.resealed(table, line, ids.text(line), sealed) : line);
  }
  if (writer) rows[at] = await writer.end();
  // Of those that the snapshot has no row of.
  if (mode !== 'MERGE') for (const table of rules.written) if (!Object.hasOwn(rows, table)) await clear(table);
  return { rows, unreadable: keys.unreadable };
}

/** The files of a schema whose list of them is in snapshots. */
const fileKeys = async (client: Client, { tables, target }: TenantRestorePlan, schema: string): Promise<string[]> => ((tables[schema] ?? []).some(({ name }) => name === STORED_FILES)
  ? (await client.query<{ key: string }>(`select key from ${schema}.stored_file where tenant_id = $1`, [target])).rows.map(({ key }) => key)
  : []);

/** Triggers have counted what was used once already. */
async function uncount(client: Client, schema: string, tenantId: string): Promise<void> {
  const { rows: [tally] } = await client.query<{ here: boolean }>('select to_regclass($1) is not null as here', [`${schema}.usage_tally`]);
  if (tally?.here) await client.query(`delete from ${schema}.usage_tally where tenant_id = $1 and xmin = pg_current_xact_id()::xid`, [tenantId]);
}
