// `npm run restore -- --to FOLDER | --swap …`: a backup and its log become a cluster again, in a folder that is empty, or in the place of the one that is there.
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ConfigError, type Config } from '../../subgraphs/kernel/base/config.js';
import { readSchemaFile } from '../../subgraphs/kernel/base/schema-files.js';
import { systemClock } from '../../subgraphs/kernel/base/clock.js';
import { crashAt } from '../../subgraphs/kernel/base/crash-points.js';
import { openStorage } from '../../subgraphs/kernel/storage/storage.open.js';
import { BackupError } from '../../workers/backups/backup.error.js';
import type { CountedFile } from '../../workers/backups/customer.files.js';
import { readErased } from '../../workers/backups/erasure.ledger.js';
import { readIndex } from '../../workers/backups/manifest.js';
import type { RecoveryStop } from '../../workers/backups/recovery.port.js';
import { restoreFiles } from '../../workers/backups/restore.files.js';
import { planRestore, type RestorePlan, type RestoreTarget } from '../../workers/backups/restore.plan.js';
import type { Spool } from '../../workers/backups/spool.js';
import { chooseFolder, clusterOf } from '../postgres/folder.js';
import { embeddedUrl } from '../postgres/embedded.url.js';
import { takeOwnership } from '../postgres/owner.js';
import { tellBackup } from './backup.audit.js';
import type { CommandEnd, CommandParts } from './command.parts.js';
import { backupRepository } from './backup.place.js';
import { optionsOf } from './command.options.js';
import { localRecovery } from './recovery.server.js';
import { renewLogins } from './restored.logins.js';
import { portOf, serveForLook } from './restore.look.js';
import { knownFiles, putFilesBack } from './restored.files.js';
import { megabytes } from './sizes.js';
import { exists, swapIn } from './swap.in.js';
import { RESTORE_USAGE, TENANT_RESTORE_USAGE } from './usage.js';

/** What a machine of two processors does, for an estimate. */
const BYTES_A_SECOND = 60_000_000;

/** @throws ConfigError, BackupError or DamagedObject, each of one sentence; nothing that was there is touched before the new cluster is whole */
export async function restoreCommand(args: readonly string[], parts: CommandParts): Promise<CommandEnd> {
  const { config, say, ended } = parts;
  if (args[0] === 'tenant') return (await import('./tenant.command.js')).tenantRestoreCommand(args.slice(1), parts);
  const { words, options, flags } = optionsOf(args, ['to', 'port', 'time', 'point', 'backup'], ['swap', 'dry-run']);
  const { to } = options;
  if (words.length > 0 || (to === undefined) !== flags.has('swap') || (options['time'] !== undefined && options['point'] !== undefined) || (options['port'] !== undefined && to === undefined)) throw new ConfigError(`Usage: ${RESTORE_USAGE}; of one tenant: ${TENANT_RESTORE_USAGE}`);
  const target = targetOf(options);
  const port = await portOf(options['port']);
  const repository = await backupRepository(config, false);
  const plan = await planRestore(repository, { target, backup: options['backup'] ?? null, now: systemClock.now(), knows: JSON.parse(readSchemaFile('migrations.json')) as Record<string, string[]> });
  const recovery = await localRecovery(config.dataDir, say);
  const major = Math.floor(plan.manifest.server.version / 10_000);
  if (major !== recovery.major) throw new BackupError(`The backup is of PostgreSQL ${major}, and this restores to version ${recovery.major}: use the programs of that version.`);
  const data = to === undefined ? join(config.dataDir, 'postgres') : join(resolve(to), 'postgres');
  if (to !== undefined) await assertEmpty(resolve(to));
  // Whether its keys open, before anything is made.
  await readIndex(repository, plan.manifest);
  const estimate = `backup ${plan.manifest.id} of ${plan.manifest.endedAt} and ${plan.pieces.length} pieces of the log, ${megabytes(plan.bytes)}, about ${Math.max(2, Math.ceil(plan.bytes / BYTES_A_SECOND))} s; the latest moment there is: ${plan.latest.toISOString()}${sizeOfFiles(plan)}`;
  if (flags.has('dry-run')) return { ok: true, lines: [`would restore ${estimate}`] };
  say(`restoring ${estimate}`);
  const begun = performance.now();
  if (to === undefined && await embeddedUrl(config.dataDir) !== null) throw new BackupError(`PostgreSQL runs on the data in ${config.dataDir}: stop the product first.`);
  const { dataDir, account } = await chooseFolder(data, say);
  // As root the data may be elsewhere than it was asked for.
  if (to !== undefined && await exists(clusterOf(dataDir))) throw new BackupError(`There is a cluster in ${dataDir} already: choose another folder.`);
  const release = await takeOwnership(dataDir);
  let done: CommandEnd;
  // A start that finds it sweeps it away: it is none of a start's business until it is whole.
  const work = join(dataDir, `cluster-${randomBytes(4).toString('hex')}.partial`);
  try {
    await mkdir(work, { mode: account ? 0o711 : 0o700 });
    const cluster = join(work, 'data');
    const index = await restoreFiles(repository, plan, cluster, saying(plan, say));
    say('following the log');
    const server = await recovery.recover({ cluster, stop: stopOf(target), timeline: plan.timeline, scratch: false });
    const password = randomBytes(24).toString('hex');
    let erased: number;
    let files: Spool<CountedFile>;
    try {
      const url = server.url(index.fingerprint?.database ?? 'postgres');
      const ledger = await readErased(repository);
      // What becomes of their rows the whole product knows: it is loaded when there is somebody.
      erased = ledger.length === 0 ? 0 : await (await import('./restored.erasure.js')).eraseAgain(url, ledger, say);
      await renewLogins(url, password);
      files = await knownFiles(url);
      await tellBackup(url, 'backup.restore', plan.manifest.id, { outcome: 'SUCCESS', after: { target: 'time' in target ? target.time.toISOString() : 'name' in target ? target.name : 'latest', erasedAgain: erased } });
    } finally {
      await server.stop();
    }
    try {
      const old = await swapIn(dataDir, cluster, password, systemClock.now(), crashAt(config.crashAt));
      const back = await putFilesBack(repository, files, openStorage({ ...config, dataDir: to === undefined ? config.dataDir : resolve(to) }), say);
      done = { ok: back.ok, lines: [...repository.damagedCopies.values(), ...back.lines, ...told(config, plan, { to, old, erased, seconds: (performance.now() - begun) / 1000 })] };
    } finally {
      await files.remove();
    }
  } finally {
    await rm(work, { recursive: true, force: true, maxRetries: 5 });
    await release();
  }
  if (port === null) return done;
  for (const line of done.lines) say(line);
  return { ...await serveForLook(data, port, { say, ended }), ok: done.ok };
}

const sizeOfFiles = ({ manifest: { customerFiles } }: RestorePlan): string => (customerFiles && customerFiles.files > 0 ? `; and about ${customerFiles.files} files of customers, ${megabytes(customerFiles.bytes)}` : '');

function targetOf({ time, point }: Record<string, string | undefined>): RestoreTarget {
  if (point !== undefined) return { kind: 'point', name: point };
  if (time === undefined) return { kind: 'latest' };
  const at = new Date(time);
  // Without its zone a time is another one on another machine.
  if (Number.isNaN(at.getTime()) || !/(?:Z|[+-]\d{2}:?\d{2})$/.test(time)) throw new ConfigError(`${time} is no time with a zone, like 2026-12-01T09:30:00Z.`);
  return { kind: 'time', time: at };
}

const stopOf = (target: RestoreTarget): RecoveryStop => (target.kind === 'point' ? { kind: 'name', name: target.name } : target);

async function assertEmpty(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    if (error.code === 'ENOTDIR') throw new BackupError(`${folder} is a file, not a folder.`);
    throw error;
  });
  if (names.length > 0) throw new BackupError(`The folder ${folder} is not empty: restore into one that is.`);
}

function saying({ bytes: total }: RestorePlan, say: (line: string) => void): (bytes: number) => void {
  let last = Date.now();
  return (bytes) => {
    if (Date.now() - last < 1_000 && bytes < total) return;
    last = Date.now();
    say(`${megabytes(bytes)} of ${megabytes(total)}`);
  };
}

function told(config: Config, { manifest, target, latest }: RestorePlan, { to, old, erased, seconds }: { to: string | undefined; old: string | null; erased: number; seconds: number }): string[] {
  const moment = target.kind === 'latest' ? latest.toISOString() : target.kind === 'time' ? target.time.toISOString() : `point ${target.name}`;
  return [
    `restored backup ${manifest.id} to ${moment} in ${seconds.toFixed(1)} s; ${erased} tenants that were erased meanwhile were erased again`,
    ...(old ? [`what was there is in ${old}, with its password beside it`] : []),
    to === undefined ? 'start it: npm start' : `start it with the same master key: SWITCHBOARD_DATA_DIR=${to} npm start${isMade(config) ? ` (which the product made and is in ${join(config.dataDir, 'keys', 'master.key')}: name it by SWITCHBOARD_MASTER_KEY_FILE)` : ''}`,
    'then take a backup at once: npm run backup -- create',
  ];
}

/** Nobody gave one: it is a file that the product has made in the data folder. */
const isMade = ({ masterKey }: Config): boolean => Object.values(masterKey).every((value) => value === undefined);
