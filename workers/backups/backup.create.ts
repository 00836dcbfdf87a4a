// Takes a full backup: the cluster as it is streamed, the log that makes it whole, and what its tables held at a point that a restore can stop at.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { noCrash, type CrashPoint } from '../../subgraphs/kernel/base/crash-points.js';
import { BackupError } from './backup.error.js';
import type { BackupCrashPoint } from './backup.crash.js';
import { readBaseBackup } from './base.backup.js';
import { takeFingerprint } from './fingerprint.js';
import { backupFolder, writeManifest, type BackupManifest } from './manifest.js';
import { PackWriter } from './pack.writer.js';
import { Replication, type ServerIdentity } from './replication.js';
import type { Repository } from './repository.js';
import { SLOT, WalArchiver } from './wal.archiver.js';
import { coverageFrom, walIndex } from './wal.coverage.js';
import { formatLsn, parseLsn } from './wal.position.js';

export interface BackupProgress {
  phase: 'BASE' | 'PROOF' | 'LOG' | 'MANIFEST';
  /** Bytes of content stored, and about how many there are. */
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
// 7_316_202 and those beside it are of roles and migrations.
const BACKUP_LOCK = 7_316_240;

interface Attempt { id: string; key: string; startedAt: string; systemIdentifier: string }

/** @throws BackupError in one sentence for what an operator can mend; DamagedObject; whatever a store says */
export async function createBackup(options: CreateOptions): Promise<Created> {
  const holder = new Client({ connectionString: options.adminUrl, application_name: 'switchboard:backup', keepAlive: true, connectionTimeoutMillis: 10_000 });
  holder.on('error', (error) => options.log('the connection that holds the lock of backups is lost', error));
  await holder.connect();
  try {
    const { rows: [lock] } = await holder.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [BACKUP_LOCK]);
    if (!lock?.taken) throw new BackupError('A backup of this server is being taken already: wait until it has ended.');
    await assertReady(holder);
    const { rows: [slot] } = await holder.query<{ active: boolean }>('select active from pg_replication_slots where slot_name = $1', [SLOT]);
    // Whoever keeps the log goes on; else we do, while it takes.
    const archiver = slot?.active ? null : new WalArchiver({ repository: options.repository, url: options.replicationUrl, flushMs: 500, log: options.log, onGap: options.onGap });
    archiver?.start();
    try {
      return await take(options, holder);
    } finally {
      await archiver?.stop();
    }
  } finally {
    await holder.end();
  }
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
    const attempt = await attemptOf(repository, identity);
    const key = await repository.key(attempt.key);
    const folder = backupFolder(attempt.id);
    const so: BackupProgress = { phase: 'BASE', done: 0, total: 0 };
    const tell = (change: Partial<BackupProgress>): void => progress({ ...Object.assign(so, change) });
    const held = new Map<string, number>();
    for await (const { key: path, bytes } of repository.storage.list(folder)) held.set(path, bytes);
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
    tell({ phase: 'LOG' });
    const endedAt = await kept(repository, base.start, stop, identity, base.timeline);
    crash('backup:log');
    tell({ phase: 'MANIFEST' });
    const manifest = {
      id: attempt.id, label, startedAt: attempt.startedAt, endedAt: endedAt.toISOString(),
      server: { systemIdentifier: identity.systemIdentifier, version: identity.version, timeline: base.timeline, segmentBytes: identity.segmentBytes },
      start: formatLsn(base.start), stop: formatLsn(stop), schemas: options.schemas, files: base.files.length,
      content: packs.packs.reduce((sum, { content }) => sum + content, 0), stored: packs.packs.reduce((sum, { bytes }) => sum + bytes, 0), packs: packs.packs,
    };
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

/** Waits until the log is kept up to `stop`. @returns the server's clock there */
async function kept(repository: Repository, start: bigint, stop: bigint, { segmentBytes }: ServerIdentity, timeline: number): Promise<Date> {
  for (const until = Date.now() + LOG_MS; ;) {
    const { end, endAt, gap } = coverageFrom(await walIndex(repository), start, [{ timeline, end: null }], segmentBytes);
    if (end >= stop && endAt) return endAt;
    if (Date.now() > until) throw new BackupError(gap ? `The backup cannot be made whole: ${gap.text}.` : 'The log of the server did not come within two minutes: see what the workers say of it.');
    await sleep(200);
  }
}
