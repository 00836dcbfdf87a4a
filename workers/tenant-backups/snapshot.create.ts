// Takes a backup of one tenant: its rows of every schema as they are at one moment of each database, what they are sealed with, and its files.
import type { Client } from 'pg';
import { noCrash, type CrashPoint } from '../../subgraphs/kernel/base/crash-points.js';
import { isUuid, newId } from '../../subgraphs/kernel/base/ids.js';
import { BackupError } from '../backups/backup.error.js';
import { LinePacks } from './line.packs.js';
import { TenantFiles } from './snapshot.files.js';
import { readSchema, type ListedFileRow } from './snapshot.rows.js';
import type { TenantSnapshotCrashPoint } from './tenant.crash.js';
import { assertNotErased } from './tenant.erased.js';
import { FILES, manifestHash, snapshotFolder, tenantKey, tenantSnapshots, writeTenantManifest, type TenantManifest } from './tenant.manifest.js';
import { plainly, urlOf, withSystem, type TenantSchema, type TenantSources } from './tenant.source.js';

export interface SnapshotOptions {
  tenantId: string;
  label: string;
  /** Taken for it once: one that was killed as it ended finds what it took. */
  run?: string;
  progress?: (phase: 'ROWS' | 'FILES', part: number) => void;
  crash?: CrashPoint<TenantSnapshotCrashPoint>;
}

export interface TakenSnapshot {
  manifest: TenantManifest;
  /** Of the manifest, for the trail. */
  sha256: string;
}

/** One at a time of a tenant, whatever the number of processes: with its retention, which must not take away what is being added. */
export async function withTenantAlone<T>(sources: Pick<TenantSources, 'schemas' | 'logger'>, tenantId: string, work: () => Promise<T>): Promise<T> {
  return withSystem(urlOf(sources, 'tenancy'), sources.logger, async (client) => {
    const { rows: [lock] } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock(hashtextextended($1, 0)) as taken', [`switchboard tenant backup ${tenantId}`]);
    if (!lock?.taken) throw new BackupError(`A backup of the tenant ${tenantId} is being taken or restored already: wait until it has ended.`);
    // The lock ends with the connection.
    return work();
  });
}

/** To be called within `withTenantAlone`. @throws BackupError in one sentence for what an operator can mend; DamagedObject; whatever a store says */
export async function takeSnapshot(sources: TenantSources, { tenantId, label, run, progress = () => undefined, crash = noCrash }: SnapshotOptions): Promise<TakenSnapshot> {
  const { repository, schemas, files: storage } = sources;
  if (!isUuid(tenantId)) throw new BackupError('A tenant is named by its id.');
  await assertNotErased(sources, tenantId);
  const [before = null] = (await tenantSnapshots(repository, tenantId)).whole.toReversed();
  if (before && run !== undefined && before.run === run) return { manifest: before, sha256: manifestHash(before) };
  const startedAt = new Date();
  const id = newId();
  const key = await tenantKey(repository, tenantId);
  const packs = new LinePacks(repository, key, tenantId, snapshotFolder(tenantId, id), () => crash('tenant-snapshot:pack'));
  const manifest: TenantManifest = {
    format: 1, kind: 'tenant', repository: repository.id, id, tenant: tenantId, label, run: run ?? null, startedAt: startedAt.toISOString(), endedAt: '', moments: {}, schemas: {}, rows: {},
    files: { count: 0, bytes: 0, gone: 0 }, key: key.id, content: 0, stored: 0, packs: packs.packs,
  };
  const listed: ListedFileRow[] = [];
  let done = 0;
  for (const [url, here] of Map.groupBy(schemas, ({ systemUrl }) => systemUrl)) {
    await withSystem(url, sources.logger, (client) => atOneMoment(client, here, async (schema, moment) => {
      const read = await readSchema(client, schema, tenantId, sources.masterKey, packs);
      Object.assign(manifest.moments, { [schema.name]: moment });
      Object.assign(manifest.schemas, { [schema.name]: schema.version });
      Object.assign(manifest.rows, { [schema.name]: read.rows });
      listed.push(...read.files);
      progress('ROWS', (done += 1) / schemas.length);
    }));
  }
  if (manifest.rows['tenancy']?.['tenant'] !== 1) throw new BackupError(`There is no tenant ${tenantId}.`);
  const files = await TenantFiles.open(repository, key, tenantId, before);
  for (const [number, file] of listed.entries()) {
    const line = await files.keep(file, storage);
    manifest.files.count += 1;
    manifest.files.bytes += file.bytes;
    if (line.sha256 === null) manifest.files.gone += 1;
    await packs.add(FILES, FILES, JSON.stringify(line));
    progress('FILES', (number + 1) / listed.length);
  }
  await packs.end();
  crash('tenant-snapshot:files');
  manifest.content = packs.packs.reduce((sum, { content }) => sum + content, 0) + manifest.files.bytes;
  manifest.stored = packs.packs.reduce((sum, { bytes }) => sum + bytes, 0) + files.stored;
  manifest.endedAt = new Date().toISOString();
  const sha256 = await writeTenantManifest(repository, manifest);
  crash('tenant-snapshot:manifest');
  return { manifest, sha256 };
}

/** Every schema of a database is read in one transaction, and so are of one moment. It holds back vacuum until they are read. */
async function atOneMoment(client: Client, schemas: readonly TenantSchema[], read: (schema: TenantSchema, moment: string) => Promise<void>): Promise<void> {
  await client.query('begin isolation level repeatable read, read only');
  await plainly(client);
  const { rows: [now] } = await client.query<{ moment: Date }>('select clock_timestamp() as moment');
  for (const schema of schemas) await read(schema, now?.moment.toISOString() ?? '');
  await client.query('commit');
}
