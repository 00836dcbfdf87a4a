// `npm run backup -- …`: takes backups, lists and verifies them, lets old ones go, names points, keeps the log while it runs.
import { ConfigError, type Config } from '../../subgraphs/kernel/base/config.js';
import { systemClock } from '../../subgraphs/kernel/base/clock.js';
import { crashAt } from '../../subgraphs/kernel/base/crash-points.js';
import { openStorage } from '../../subgraphs/kernel/storage/storage.open.js';
import { withClient } from '../../workers/backups/backup.client.js';
import { createBackup, type BackupProgress } from '../../workers/backups/backup.create.js';
import { withBackupLock } from '../../workers/backups/backup.lock.js';
import { noteErased } from '../../workers/backups/erasure.ledger.js';
import { listBackups } from '../../workers/backups/manifest.js';
import { mend } from '../../workers/backups/mend.js';
import { createPoint } from '../../workers/backups/restore.point.js';
import type { Repository } from '../../workers/backups/repository.js';
import { prune } from '../../workers/backups/retention.js';
import { LEVELS, verifyBackup, type VerifyLevel } from '../../workers/backups/verify.js';
import { WalArchiver } from '../../workers/backups/wal.archiver.js';
import { tellBackup } from './backup.audit.js';
import { backedUpServer, backupRepository, type BackedUpServer } from './backup.place.js';
import { schemasOf } from './backup.schemas.js';
import { optionsOf } from './command.options.js';
import { giveWay } from './give.way.js';
import type { CommandEnd, CommandParts } from './command.parts.js';
import { localRecovery } from './recovery.server.js';
import { knownFiles, putFilesBack } from './restored.files.js';
import { megabytes } from './sizes.js';
import { BACKUP_USAGE, TENANT_BACKUP_USAGE } from './usage.js';

const USAGE = `Usage: ${BACKUP_USAGE}; of one tenant: ${TENANT_BACKUP_USAGE}`;

/** @throws ConfigError, BackupError or DamagedObject, each of one sentence */
export async function backupCommand(args: readonly string[], parts: CommandParts): Promise<CommandEnd> {
  // What knows of tenants is loaded for them alone: it would be a third of the memory of a backup.
  const ofTenant = /^(tenant|list|verify)$/.test(args[0] ?? '') && args.length > 1 ? await (await import('./tenant.command.js')).tenantBackupCommand(args, parts) : null;
  if (ofTenant) return ofTenant;
  const { words: [verb, subject, ...rest], options, flags } = optionsOf(args, ['label', 'level'], ['dry-run']);
  const only = (...allowed: string[]): boolean => rest.length === 0 && [...Object.keys(options), ...flags].every((name) => allowed.includes(name));
  if (verb === 'create' && subject === undefined && only('label')) return create(parts, options['label'] ?? 'manual');
  if (verb === 'list' && subject === undefined && only()) return list(parts);
  if (verb === 'verify' && only('level')) return verify(parts, subject ?? null, levelOf(options['level']));
  if (verb === 'prune' && subject === undefined && only('dry-run')) return letGo(parts, flags.has('dry-run'));
  if (verb === 'point' && subject !== undefined && only()) return point(parts, subject);
  if (verb === 'keep-log' && subject === undefined && only()) return keepLog(parts);
  if (verb === 'rewrap' && subject === undefined && only()) return rewrap(parts);
  if (verb === 'files' && subject === undefined && only()) return files(parts);
  if (verb === 'mend' && subject === undefined && only()) return mendPlaces(parts);
  throw new ConfigError(USAGE);
}

function levelOf(text = 'L3'): VerifyLevel {
  const level = LEVELS.find((one) => one === text);
  if (!level) throw new ConfigError(USAGE);
  return level;
}

async function create({ config, say }: CommandParts, label: string): Promise<CommandEnd> {
  giveWay();
  const { adminUrl, replicationUrl, systemUrl } = await backedUpServer(config);
  const repository = await backupRepository(config, true);
  const begun = performance.now();
  const { schemas } = await withClient(adminUrl, async (client) => {
    await noteErased(repository, client);
    return { schemas: await schemasOf(client) };
  });
  const gaps: string[] = [];
  const { manifest, sha256 } = await createBackup({
    repository, adminUrl, replicationUrl, label, schemas, files: { place: openStorage(config), url: systemUrl }, progress: telling(say), log: (line, error) => say(`${line}${error ? `: ${(error as Error).message}` : ''}`),
    onGap: (text) => { gaps.push(text); say(`ALARM: ${text}`); }, crash: crashAt(config.crashAt),
  });
  await tellBackup(adminUrl, 'backup.create', manifest.id, { outcome: 'SUCCESS', after: { manifestSha256: sha256, content: manifest.content, stored: manifest.stored } });
  const seconds = (performance.now() - begun) / 1000;
  const { customerFiles } = manifest;
  return {
    ok: true,
    lines: [
      ...(customerFiles ? [`${customerFiles.files} files of customers, ${megabytes(customerFiles.bytes)}, of which ${megabytes(customerFiles.sent)} were new${customerFiles.missing > 0 ? `; ${customerFiles.missing} that the database knows are not where files are kept` : ''}`] : []),
      `backup ${manifest.id}: ${manifest.files} files, ${megabytes(manifest.content)} in ${megabytes(manifest.stored)}, in ${seconds.toFixed(1)} s; not verified yet: npm run backup -- verify ${manifest.id}`,
    ],
  };
}

function telling(say: (line: string) => void): (progress: BackupProgress) => void {
  let [last, phase] = [0, ''];
  return (progress) => {
    if (progress.phase === phase && Date.now() - last < 1_000) return;
    [last, phase] = [Date.now(), progress.phase];
    const texts = { BASE: `files: ${megabytes(progress.done)} of about ${megabytes(progress.total)}`, PROOF: 'counting what the tables hold', FILES: `files of customers: ${progress.done} of ${progress.total}`, LOG: 'waiting for the log', MANIFEST: 'signing' };
    say(texts[progress.phase]);
  };
}

async function list({ config }: CommandParts): Promise<CommandEnd> {
  const { whole, unfinished, damaged } = await listBackups(await backupRepository(config, false));
  const seconds = (from: string, to: string): string => ((Date.parse(to) - Date.parse(from)) / 1000).toFixed(1);
  return {
    ok: damaged.size === 0,
    lines: [
      ...whole.map(({ id, label, startedAt, endedAt, content, stored }) => `${id}  ${label}  ended ${endedAt}  took ${seconds(startedAt, endedAt)} s  ${megabytes(content)} in ${megabytes(stored)}`),
      ...unfinished.map((id) => `${id}  unfinished`), ...[...damaged].map(([id, what]) => `${id}  ${what}`),
      `${whole.length} backups, ${unfinished.length} unfinished, ${damaged.size} damaged`,
    ],
  };
}

async function verify({ config, say }: CommandParts, id: string | null, wanted: VerifyLevel): Promise<CommandEnd> {
  const repository = await backupRepository(config, false);
  const chosen = id ?? (await listBackups(repository)).whole.at(-1)?.id;
  if (chosen === undefined) throw new ConfigError('There is no backup yet.');
  const recovery = wanted === 'L2' || wanted === 'L3' ? await localRecovery(config.dataDir, say) : null;
  const report = await verifyBackup({ repository, id: chosen, wanted, recovery });
  const ok = report.reached === wanted && report.copies.length === 0;
  const server = await serverIfAny(config);
  if (server) {
    await tellBackup(server.adminUrl, 'backup.verify', chosen, {
      ...(ok ? { outcome: 'SUCCESS' } : { outcome: 'FAILURE', severity: 'CRITICAL', reason: report.gap ? 'GAP' : 'DAMAGED' }),
      after: { wanted, level: report.reached ?? 'NONE', findings: report.findings.length + report.copies.length, latest: report.latest?.toISOString() ?? null },
    });
  }
  return {
    ok,
    lines: [...report.findings, ...report.copies, ...(report.copies.length > 0 ? ['mend the place with: npm run backup -- mend'] : []), ...(report.gap ? [`ALARM: ${report.gap}`] : []), `backup ${chosen} reaches ${report.reached ?? 'no level'} of ${wanted}; the latest moment that can be restored from it is ${report.latest?.toISOString() ?? 'none'}`],
  };
}

/** Backups are verified and let go where there is no server, too; then there is no trail. */
const serverIfAny = (config: Config): Promise<BackedUpServer | null> => backedUpServer(config).catch((error: unknown) => {
  if (error instanceof ConfigError) return null;
  throw error;
});

async function letGo({ config, say }: CommandParts, dryRun: boolean): Promise<CommandEnd> {
  const repository = await backupRepository(config, false);
  const { keepCount: count, keepDays: days } = config.backups;
  const options = { rules: { count, days }, now: systemClock.now(), dryRun };
  const server = await serverIfAny(config);
  // Without the server nobody knows whether a backup is being taken: then no file goes.
  const { backups, attempts, log, pieces, bytes } = server
    ? await withBackupLock(server.adminUrl, (error) => say(error.message), () => prune(repository, { ...options, alone: true }))
    : await prune(repository, { ...options, alone: false });
  if (server && !dryRun && backups.length > 0) {
    await tellBackup(server.adminUrl, 'backup.prune', null, { outcome: 'SUCCESS', after: { pruned: backups } });
  }
  return {
    ok: true,
    lines: [...backups.map((id) => `backup ${id}`), ...attempts.map((id) => `unfinished ${id}`), `${dryRun ? 'would remove' : 'removed'} ${backups.length} backups, ${attempts.length} unfinished ones, ${log.length} pieces of the log and ${pieces} of customers' files: ${megabytes(bytes)}`],
  };
}

async function point({ config }: CommandParts, name: string): Promise<CommandEnd> {
  const { adminUrl } = await backedUpServer(config);
  const { at } = await createPoint(await backupRepository(config, false), adminUrl, name);
  return { ok: true, lines: [`point ${name} at ${at}: npm run restore -- --to FOLDER --point ${name}`] };
}

/** How often the ledger of who was erased is looked after. */
const LEDGER_MS = 5_000;

async function keepLog({ config, say, ended }: CommandParts): Promise<CommandEnd> {
  const { adminUrl, replicationUrl } = await backedUpServer(config);
  const repository = await backupRepository(config, true);
  const archiver = new WalArchiver({ repository, url: replicationUrl, log: (line, error) => say(`${line}${error ? `: ${(error as Error).message}` : ''}`), onGap: (text) => say(`ALARM: ${text}`) });
  archiver.start();
  say('keeping the log; Ctrl-C ends it, and the next run goes on where it was');
  const timer = setInterval(() => { void ledger(adminUrl, repository, say); }, LEDGER_MS);
  await ended;
  clearInterval(timer);
  await archiver.stop();
  return { ok: true, lines: [`kept up to ${archiver.upTo?.at.toISOString() ?? 'nothing'}`] };
}

const ledger = (adminUrl: string, repository: Repository, say: (line: string) => void): Promise<void> =>
  withClient(adminUrl, (client) => noteErased(repository, client)).then(() => undefined, (error: Error) => say(`who was erased could not be noted: ${error.message}`));

async function rewrap({ config }: CommandParts): Promise<CommandEnd> {
  const repository = await backupRepository(config, false);
  return { ok: true, lines: [`${await repository.rewrap()} keys of backups wrapped anew: no backup needs the previous master key any more`] };
}

async function mendPlaces({ config, say }: CommandParts): Promise<CommandEnd> {
  let told = Date.now();
  const { objects, bytes, lost } = await mend(await backupRepository(config, false), (seen) => {
    if (Date.now() - told < 1_000) return;
    told = Date.now();
    say(`${seen} objects compared`);
  });
  return {
    ok: lost.length === 0,
    lines: [...lost.map((path) => `The object ${path} is whole in neither place.`), `${objects} objects (${megabytes(bytes)}) were written to the place that lacked them or had them damaged; ${lost.length} are whole in neither`],
  };
}

/** Those that the database knows and that are not where files are kept. */
async function files({ config, say }: CommandParts): Promise<CommandEnd> {
  const { systemUrl } = await backedUpServer(config);
  const known = await knownFiles(systemUrl);
  try {
    const { ok, lines } = await putFilesBack(await backupRepository(config, false), known, openStorage(config), say);
    return { ok, lines: lines.length > 0 ? lines : ['the database knows of no files of customers'] };
  } finally {
    await known.remove();
  }
}
