// `npm run backup -- …`: takes backups, lists and verifies them, lets old ones go, names points, keeps the log while it runs.
import { ConfigError } from '../../subgraphs/kernel/base/config.js';
import { systemClock } from '../../subgraphs/kernel/base/clock.js';
import { crashAt } from '../../subgraphs/kernel/base/crash-points.js';
import { withClient } from '../../workers/backups/backup.client.js';
import { createBackup, type BackupProgress } from '../../workers/backups/backup.create.js';
import { noteErased } from '../../workers/backups/erasure.ledger.js';
import { listBackups } from '../../workers/backups/manifest.js';
import { createPoint } from '../../workers/backups/restore.point.js';
import type { Repository } from '../../workers/backups/repository.js';
import { prune } from '../../workers/backups/retention.js';
import { LEVELS, verifyBackup, type VerifyLevel } from '../../workers/backups/verify.js';
import { WalArchiver } from '../../workers/backups/wal.archiver.js';
import { tellBackup } from './backup.audit.js';
import { backedUpServer, backupRepository } from './backup.place.js';
import { schemasOf } from './backup.schemas.js';
import { optionsOf } from './command.options.js';
import type { CommandEnd, CommandParts } from './command.parts.js';
import { localRecovery } from './recovery.server.js';
import { megabytes } from './sizes.js';
import { TENANT_BACKUP_USAGE, tenantBackupCommand } from './tenant.command.js';

export const BACKUP_USAGE = 'npm run backup -- create [--label NAME] | list | verify [ID] [--level L0|L1|L2|L3] | prune [--dry-run] | point NAME | keep-log | rewrap';
const USAGE = `Usage: ${BACKUP_USAGE}; of one tenant: ${TENANT_BACKUP_USAGE}`;

/** @throws ConfigError, BackupError or DamagedObject, each of one sentence */
export async function backupCommand(args: readonly string[], parts: CommandParts): Promise<CommandEnd> {
  const ofTenant = await tenantBackupCommand(args, parts);
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
  throw new ConfigError(USAGE);
}

function levelOf(text = 'L3'): VerifyLevel {
  const level = LEVELS.find((one) => one === text);
  if (!level) throw new ConfigError(USAGE);
  return level;
}

async function create({ config, say }: CommandParts, label: string): Promise<CommandEnd> {
  const { adminUrl, replicationUrl } = await backedUpServer(config);
  const repository = await backupRepository(config, true);
  const begun = performance.now();
  const { schemas } = await withClient(adminUrl, async (client) => {
    await noteErased(repository, client);
    return { schemas: await schemasOf(client) };
  });
  const gaps: string[] = [];
  const { manifest, sha256 } = await createBackup({
    repository, adminUrl, replicationUrl, label, schemas, progress: telling(say), log: (line, error) => say(`${line}${error ? `: ${(error as Error).message}` : ''}`),
    onGap: (text) => { gaps.push(text); say(`ALARM: ${text}`); }, crash: crashAt(config.crashAt),
  });
  await tellBackup(adminUrl, 'backup.create', manifest.id, { outcome: 'SUCCESS', after: { manifestSha256: sha256, content: manifest.content, stored: manifest.stored } });
  const seconds = (performance.now() - begun) / 1000;
  return {
    ok: true,
    lines: [`backup ${manifest.id}: ${manifest.files} files, ${megabytes(manifest.content)} in ${megabytes(manifest.stored)}, in ${seconds.toFixed(1)} s; not verified yet: npm run backup -- verify ${manifest.id}`],
  };
}

function telling(say: (line: string) => void): (progress: BackupProgress) => void {
  let [last, phase] = [0, ''];
  return (progress) => {
    if (progress.phase === phase && Date.now() - last < 1_000) return;
    [last, phase] = [Date.now(), progress.phase];
    const texts = { BASE: `files: ${megabytes(progress.done)} of about ${megabytes(progress.total)}`, PROOF: 'counting what the tables hold', LOG: 'waiting for the log', MANIFEST: 'signing' };
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
  const ok = report.reached === wanted;
  const server = await backedUpServer(config).catch((error: unknown) => {
    // Backups are verified where there is no server, too; then there is no trail.
    if (error instanceof ConfigError) return null;
    throw error;
  });
  if (server) {
    await tellBackup(server.adminUrl, 'backup.verify', chosen, {
      ...(ok ? { outcome: 'SUCCESS' } : { outcome: 'FAILURE', severity: 'CRITICAL', reason: report.gap ? 'GAP' : 'DAMAGED' }),
      after: { wanted, level: report.reached ?? 'NONE', findings: report.findings.length, latest: report.latest?.toISOString() ?? null },
    });
  }
  return {
    ok,
    lines: [...report.findings, ...(report.gap ? [`ALARM: ${report.gap}`] : []), `backup ${chosen} reaches ${report.reached ?? 'no level'} of ${wanted}; the latest moment that can be restored from it is ${report.latest?.toISOString() ?? 'none'}`],
  };
}

async function letGo({ config }: CommandParts, dryRun: boolean): Promise<CommandEnd> {
  const repository = await backupRepository(config, false);
  const { keepCount: count, keepDays: days } = config.backups;
  const { backups, attempts, log, bytes } = await prune(repository, { count, days }, systemClock.now(), dryRun);
  if (!dryRun && backups.length > 0) {
    const { adminUrl } = await backedUpServer(config);
    await tellBackup(adminUrl, 'backup.prune', null, { outcome: 'SUCCESS', after: { pruned: backups } });
  }
  return {
    ok: true,
    lines: [...backups.map((id) => `backup ${id}`), ...attempts.map((id) => `unfinished ${id}`), `${dryRun ? 'would remove' : 'removed'} ${backups.length} backups, ${attempts.length} unfinished ones and ${log.length} pieces of the log: ${megabytes(bytes)}`],
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
