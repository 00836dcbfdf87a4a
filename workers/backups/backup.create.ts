// Takes a full backup: the cluster as it is streamed, the log that makes it whole, and what its tables held at a point that a restore can stop at.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { noCrash, type CrashPoint } from '../../subgraphs/kernel/base/crash-points.js';
import type { StoragePort } from '../../subgraphs/kernel/storage/storage.js';
import { withClient } from './backup.client.js';
import { BackupError } from './backup.error.js';
import type { BackupCrashPoint } from './backup.crash.js';
import { withBackupLock } from './backup.lock.js';
import { readBaseBackup } from './base.backup.js';
import { backUpFiles, countedFiles, customerFilesOf, type CustomerFile } from './customer.files.js';
import { takeFingerprint } from './fingerprint.js';
import { backupFolder, listBackups, writeManifest, type BackupManifest, type CustomerFiles, type StoredPack } from './manifest.js';
import { shareSmall } from './mend.js';
import { listEverywhere } from './mirrored.storage.js';
import { assertOwnServer } from './own.server.js';
import { PackWriter } from './pack.writer.js';
import { Replication, type ServerIdentity } from './replication.js';
import type { Repository } from './repository.js';
import { DamagedObject, type ObjectKey } from './sealed.object.js';
import { spool } from './spool.js';
import { isDamage } from './stored.bytes.js';
import { SLOT, WalArchiver } from './wal.archiver.js';
import { coverageFrom, walIndex } from './wal.coverage.js';
import { formatLsn, parseLsn } from './wal.position.js';

export interface BackupProgress {
  phase: 'BASE' | 'PROOF' | 'FILES' | 'LOG' | 'MANIFEST';
  /** Bytes of content stored, and about how many there are; of `FILES`, files. */
  done: number;
  total: number;
}

export interface CreateOptions {
  repository: Repository;
  /** Of a role that may replicate. */
  replicationUrl: string;
  /** Of the administrator, on the database that everything is in. */
  adminUrl: string;
  label: string;
  schemas: Record<string, string>;
  /** Where files of customers are, and a login that sees which there are of all tenants; null: they are not backed up. */
  files: { place: StoragePort; url: string } | null;
  progress?: (progress: BackupProgress) => void;
  log: (line: string, error?: unknown) => void;
  onGap: (text: string) => void;
  crash?: CrashPoint<BackupCrashPoint>;
}

export interface Created {
  manifest: BackupManifest;
  /** Of the manifest, for the audit log. */
  sha256: string;
}

const MIN_VERSION = 170_000;
const ATTEMPT_MS = 86_400_000;
const LOG_MS = 120_000;

interface Attempt { id: string; key: string; startedAt: string; systemIdentifier: string }

/** @throws BackupError in one sentence for what an operator can mend; DamagedObject; whatever a store says */
export async function createBackup(options: CreateOptions): Promise<Created> {
  return withBackupLock(options.adminUrl, (error) => options.log('the connection that holds the lock of backups is lost', error), async (holder) => {
    await assertReady(holder);
    await shareSmall(options.repository);
    const { rows: [slot] } = await holder.query<{ active: boolean }>('select active from pg_replication_slots where slot_name = $1', [SLOT]);
    // Whoever keeps the log goes on; else we do, while it takes.
    const archiver = slot?.active ? null : new WalArchiver({ repository: options.repository, url: options.replicationUrl, flushMs: 500, log: options.log, onGap: options.onGap });
    archiver?.start();
    try {
      return await take(options, holder);
    } finally {
      await archiver?.stop();
    }
  });
}

async function assertReady(client: Client): Promise<void> {
  const { rows: [server] } = await client.query<{ version: number; level: string; checksums: string }>(
    `select current_setting('server_version_num')::int as version, current_setting('wal_level') as level, current_setting('data_checksums') as checksums`);
  if (!server || server.version < MIN_VERSION) throw new BackupError(`Backups need PostgreSQL 17 or newer, and this is ${Math.floor((server?.version ?? 0) / 10_000)}.`);
  if (server.level === 'minimal') throw new BackupError('The server does not write enough to its log for backups: set wal_level to replica, and start it anew.');
  if (server.checksums !== 'on') throw new BackupError('The server has no data checksums, so that damage would be backed up unseen: turn them on with pg_checksums --enable while it is stopped.');
}

async function take(options: CreateOptions, holder: Client): Promise<Created> {
  const { repository, label, log, progress = () => undefined, crash = noCrash } = options;
  const replication = await Replication.connect(options.replicationUrl, 'switchboard:backup', (error) => log('the connection of the backup is lost', error));
  try {
    const identity = await replication.identity();
    await assertOwnServer(repository, identity);
    const attempt = await attemptOf(repository, identity);
    const key = await repository.key(attempt.key);
    const folder = backupFolder(attempt.id);
    const so: BackupProgress = { phase: 'BASE', done: 0, total: 0 };
    const tell = (change: Partial<BackupProgress>): void => progress({ ...Object.assign(so, change) });
    const held = await listEverywhere(repository.storage, folder);
    const packs = new PackWriter(repository, key, attempt.id, folder, held, (content) => {
      tell({ done: so.done + content });
      crash('backup:pack');
    });
    await archiving(repository, holder);
    const base = await readBaseBackup(replication, `switchboard-${attempt.id}`, packs, (total) => tell({ total }));
    await packs.end();
    crash('backup:base');
    tell({ phase: 'PROOF' });
    const proof = await takeFingerprint(options.adminUrl, `switchboard-${attempt.id}`);
    const stop = typeof proof === 'string' || parseLsn(proof.lsn) < base.stop ? base.stop : parseLsn(proof.lsn);
    tell({ phase: 'FILES', done: 0, total: 0 });
    const customerFiles = await filesOf(options, key, attempt.id, (done, total) => tell({ done, total }));
    crash('backup:files');
    tell({ phase: 'LOG' });
    const endedAt = await kept(repository, base.start, stop, identity, base.timeline);
    crash('backup:log');
    tell({ phase: 'MANIFEST' });
    const manifest = {
      id: attempt.id, label, startedAt: attempt.startedAt, endedAt: endedAt.toISOString(),
      server: { systemIdentifier: identity.systemIdentifier, version: identity.version, timeline: base.timeline, segmentBytes: identity.segmentBytes },
      start: formatLsn(base.start), stop: formatLsn(stop), schemas: options.schemas, files: base.files.length,
      content: packs.packs.reduce((sum, { content }) => sum + content, 0), stored: packs.packs.reduce((sum, { bytes }) => sum + bytes, 0), packs: packs.packs, customerFiles,
    };
    await assertStored(repository, folder, [...packs.packs, ...customerFiles?.index ?? []]);
    const written = await writeManifest(repository, key, manifest, {
      files: base.files, ...(typeof proof === 'string' ? { fingerprint: null, unproved: proof } : { fingerprint: proof, unproved: null }),
    });
    crash('backup:manifest');
    await repository.storage.remove(`${folder}attempt.json`);
    return written;
  } finally {
    await replication.close();
  }
}

/** Those that the database knows now: none of those that it knew when the base backup ended is missing, unless it has gone since. */
async function filesOf({ repository, files, log }: CreateOptions, key: ObjectKey, id: string, progress: (files: number, of: number) => void): Promise<CustomerFiles | null> {
  if (!files) return null;
  const before = (await listBackups(repository)).whole.filter(({ customerFiles }) => customerFiles).at(-1);
  const counted = await withClient(files.url, (client) => spool(countedFiles(client)));
  try {
    return await backUpFiles({
      repository, key, id, from: files.place, counted: counted.rows(), before: known(repository, before, log), progress: (done) => progress(done, counted.count),
    });
  } finally {
    await counted.remove();
  }
}

async function* known(repository: Repository, before: BackupManifest | undefined, log: CreateOptions['log']): AsyncGenerator<CustomerFile> {
  if (!before) return;
  try {
    yield* customerFilesOf(repository, before);
  } catch (error) {
    if (!isDamage(error)) throw error;
    // What the one before does not tell any more is read anew.
    log(`what the backup ${before.id} has of customers' files cannot be read: all that follow are looked at again`, error);
  }
}

/** A store that says to have what it does not is found out before anybody is told that there is a backup. What is missing is stored when it is taken up. @throws DamagedObject */
async function assertStored(repository: Repository, folder: string, objects: readonly StoredPack[]): Promise<void> {
  const held = await listEverywhere(repository.storage, folder);
  for (const { path, bytes } of objects) {
    if (held.get(path) !== bytes) throw new DamagedObject(path, held.has(path) ? `a place of backups has ${held.get(path)} bytes of it in place of ${bytes}` : 'a place of backups says that it was stored, and does not have it');
  }
}

/** The slot must keep the log before the server says where a backup begins. */
async function archiving(repository: Repository, holder: Client): Promise<void> {
  for (const until = Date.now() + LOG_MS; ;) {
    const { rows: [slot] } = await holder.query<{ here: boolean }>('select restart_lsn is not null as here from pg_replication_slots where slot_name = $1 and active', [SLOT]);
    if (slot?.here) return;
    if (Date.now() > until) throw new BackupError(`Nobody keeps the log of the server for the backups in ${repository.id}: see what the workers say of it.`);
    await sleep(100);
  }
}

/** One that was interrupted is taken up again. */
async function attemptOf(repository: Repository, { systemIdentifier }: ServerIdentity): Promise<Attempt> {
  let found: Attempt | null = null;
  for await (const { key: path } of repository.storage.list('backups/')) {
    const [, id = '', name] = path.split('/');
    if (name !== 'attempt.json' || await repository.getSigned(`${backupFolder(id)}manifest.json`) !== null) continue;
    const known = JSON.parse(await repository.getSigned(path) ?? '{}') as Partial<Attempt>;
    if (known.id === id && known.key && known.startedAt && known.systemIdentifier === systemIdentifier && Date.now() - Date.parse(known.startedAt) < ATTEMPT_MS) found = known as Attempt;
  }
  if (found) return found;
  const made: Attempt = { id: newId(), key: (await repository.newKey('BACKUP')).id, startedAt: new Date().toISOString(), systemIdentifier };
  await repository.putSigned(`${backupFolder(made.id)}attempt.json`, JSON.stringify(made));
  return made;
}

/** Waits until the log is kept up to `stop`, as long as more of it comes. @returns the server's clock there */
async function kept(repository: Repository, start: bigint, stop: bigint, { segmentBytes }: ServerIdentity, timeline: number): Promise<Date> {
  for (let [until, reached] = [Date.now() + LOG_MS, start]; ;) {
    const { end, endAt, gap } = coverageFrom(await walIndex(repository), start, [{ timeline, end: null }], segmentBytes);
    if (end >= stop && endAt) return endAt;
    if (end > reached) [until, reached] = [Date.now() + LOG_MS, end];
    if (Date.now() > until) throw new BackupError(gap ? `The backup cannot be made whole: ${gap.text}.` : 'The log of the server did not come for two minutes: see what the workers say of it.');
    await sleep(200);
  }
}
