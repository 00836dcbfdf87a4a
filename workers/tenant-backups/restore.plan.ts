// What a restore of one tenant would do, or why it cannot be done, in one sentence: everything is read and checked before anything is touched.
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { BackupError } from '../backups/backup.error.js';
import { IdMap } from './id.map.js';
import type { RestoreMode } from './row.writer.js';
import { verifySnapshot } from './snapshot.verify.js';
import { assertNotErased } from './tenant.erased.js';
import { findTenantSnapshot, type TenantManifest } from './tenant.manifest.js';
import { urlOf, withSystem, type TenantSources } from './tenant.source.js';
import { snapshotTables, type SnapshotTable } from './tenant.tables.js';

export interface TenantRestoreOptions {
  snapshot: string;
  mode: RestoreMode;
  /** What a new tenant is called; null: as it was called, and that it was restored. */
  name: string | null;
  progress?: (part: number) => void;
}

export interface TenantRestorePlan {
  manifest: TenantManifest;
  mode: RestoreMode;
  name: string | null;
  /** The restore: one that was interrupted goes on under the same id. */
  id: string;
  resumed: boolean;
  /** The tenant that is written. */
  target: string;
  /** Null unless it is a new one. */
  ids: IdMap | null;
  /** Tables of each schema, parents first. */
  tables: Record<string, SnapshotTable[]>;
}

const NAME_LENGTH = 200;
const CHECKED = 5_000;

/** @throws BackupError DamagedObject */
export async function planTenantRestore(sources: TenantSources, { snapshot, mode, name, progress }: TenantRestoreOptions): Promise<TenantRestorePlan> {
  if (name !== null && (mode !== 'NEW' || name.trim() === '' || name.length > NAME_LENGTH)) throw new BackupError(`A name is for a new tenant, and has 1 to ${NAME_LENGTH} characters.`);
  const manifest = await findTenantSnapshot(sources.repository, snapshot);
  if (!manifest) throw new BackupError(`There is no backup ${snapshot} of a tenant.`);
  assertVersion(sources, manifest);
  await assertNotErased(sources, manifest.tenant);
  if (mode !== 'NEW') await assertTarget(sources, manifest.tenant, mode);
  const unfinished = await unfinishedRestore(sources, manifest, mode);
  const id = unfinished ?? newId();
  const ids = mode === 'NEW' ? new IdMap(id) : null;
  const tables: Record<string, SnapshotTable[]> = {};
  for (const schema of sources.schemas) tables[schema.name] = await withSystem(schema.systemUrl, sources.logger, (client) => snapshotTables(client, schema.name, schema.rules));
  const collect = ids ? collecting(ids, tables) : undefined;
  const [finding, ...more] = await verifySnapshot(sources.repository, manifest, { ...(collect ? { row: collect } : {}), ...(progress ? { progress } : {}) });
  if (finding !== undefined) throw new BackupError(`${finding}${more.length > 0 ? ` And ${more.length} more.` : ''} Nothing was touched.`);
  if (ids) await leaveAccounts(sources, ids, manifest.tenant);
  return { manifest, mode, name, id, resumed: unfinished !== null, target: ids?.of(manifest.tenant) ?? manifest.tenant, ids, tables };
}

/** Rows fit the tables they are of, and no others. */
function assertVersion({ schemas }: TenantSources, { id, schemas: of }: TenantManifest): void {
  for (const { name, version } of schemas) {
    const was = of[name];
    if (was === undefined) throw new BackupError(`The backup ${id} has nothing of ${name}: it is of another product.`);
    if (was !== version) throw new BackupError(`The backup ${id} is of ${was > version ? 'a newer' : 'an older'} version of the product (${name} is at ${was}, and here at ${version}): restore it with that version.`);
  }
  const unknown = Object.keys(of).find((name) => !schemas.some((one) => one.name === name));
  if (unknown !== undefined) throw new BackupError(`The backup ${id} is of a newer version of the product, which has ${unknown}: restore it with that version.`);
}

/** @throws BackupError unless the tenant is there, and nobody works in what is to be replaced */
export async function assertTarget(sources: Pick<TenantSources, 'schemas' | 'logger'>, tenantId: string, mode: RestoreMode): Promise<void> {
  const state = await withSystem(urlOf(sources, 'tenancy'), sources.logger, async (client) =>
    (await client.query<{ state: string }>('select state from tenancy.tenant where tenant_id = $1', [tenantId])).rows[0]?.state);
  if (state === undefined) throw new BackupError(`There is no tenant ${tenantId} here: restore it as a new one (--new).`);
  if (mode === 'REPLACE' && state !== 'SUSPENDED') throw new BackupError(`The tenant ${tenantId} is ${state.toLowerCase()}: suspend it first (tenantSuspend), so that nobody works in what is replaced.`);
  if (state !== 'ACTIVE' && state !== 'SUSPENDED') throw new BackupError(`The tenant ${tenantId} is being deleted: cancel that first.`);
}

/** One that has restored the first schema and not the last. */
async function unfinishedRestore({ schemas, logger }: TenantSources, { id, tenant }: TenantManifest, mode: RestoreMode): Promise<string | null> {
  const [first, last] = [schemas[0], schemas.at(-1)];
  if (!first || !last) throw new Error('There is no schema to restore.');
  const begun = await withSystem(first.systemUrl, logger, async (client) => (await client.query<{ restore: string }>(
    `select restore from ${first.name}.tenant_restored where snapshot = $1 and mode = $2 and ($2 = 'NEW' or restored = $3) order by at desc`, [id, mode, tenant])).rows.map(({ restore }) => restore));
  const ended = await withSystem(last.systemUrl, logger, async (client) => (await client.query<{ restore: string }>(
    `select restore from ${last.name}.tenant_restored where restore = any ($1) and files = '{}'`, [begun])).rows.map(({ restore }) => restore));
  return begun.find((one) => !ended.includes(one)) ?? null;
}

/** Hears of every row, and gathers what stands in columns of ids. */
function collecting(ids: IdMap, tables: Readonly<Record<string, SnapshotTable[]>>): (schema: string, table: string, line: string) => void {
  const columns = new Map(Object.entries(tables).flatMap(([schema, of]) => of.map((table): [string, string[]] => [
    `${schema}.${table.name}`, table.columns.filter(({ type }) => type === 'uuid' || type === 'uuid[]').map(({ name }) => name)])));
  return (schema, table, line) => {
    const row = JSON.parse(line) as Record<string, string | string[] | null>;
    for (const column of columns.get(`${schema}.${table}`) ?? []) {
      const value = row[column] ?? [];
      for (const id of typeof value === 'string' ? [value] : value) ids.add(id);
    }
  };
}

/** People stay who they are, in whichever tenant they work. */
async function leaveAccounts(sources: TenantSources, ids: IdMap, tenant: string): Promise<void> {
  ids.add(tenant);
  const people: string[] = [];
  await withSystem(urlOf(sources, 'identity'), sources.logger, async (client) => {
    for (const batch of ids.batches(CHECKED)) people.push(...(await client.query<{ id: string }>('select id from identity.account where id = any ($1::uuid[])', [batch])).rows.map(({ id }) => id));
  });
  for (const id of people) ids.leave(id);
}
