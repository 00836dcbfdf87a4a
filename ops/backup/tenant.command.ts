// Backups of one tenant by hand: `npm run backup -- tenant ID`, `list ID`, `verify ID`, and `npm run restore -- tenant ID --replace | --merge | --new`.
import { ConfigError, type Config } from '../../subgraphs/kernel/base/config.js';
import { systemClock } from '../../subgraphs/kernel/base/clock.js';
import { crashAt } from '../../subgraphs/kernel/base/crash-points.js';
import { decodeId, encodeId, isUuid } from '../../subgraphs/kernel/base/ids.js';
import { planTenantRestore, type TenantRestorePlan } from '../../workers/tenant-backups/restore.plan.js';
import type { RestoreMode } from '../../workers/tenant-backups/row.writer.js';
import { takeSnapshot, withTenantAlone } from '../../workers/tenant-backups/snapshot.create.js';
import { verifySnapshot } from '../../workers/tenant-backups/snapshot.verify.js';
import { findTenantSnapshot, tenantSnapshots, type TenantManifest } from '../../workers/tenant-backups/tenant.manifest.js';
import { restoreTenant, sums, type RestoredTenant } from '../../workers/tenant-backups/tenant.restore.js';
import { pruneTenant } from '../../workers/tenant-backups/tenant.retention.js';
import type { TenantSources } from '../../workers/tenant-backups/tenant.source.js';
import { embeddedUrl } from '../postgres/embedded.url.js';
import { masterKeyOf } from '../roles/keys.js';
import { tellBackup } from './backup.audit.js';
import type { CommandEnd, CommandParts } from './command.parts.js';
import { backupRepository } from './backup.place.js';
import { optionsOf } from './command.options.js';
import { megabytes } from './sizes.js';
import { TENANT_BACKUP_USAGE, TENANT_RESTORE_USAGE } from './usage.js';

const MODES: Readonly<Record<string, RestoreMode>> = { replace: 'REPLACE', merge: 'MERGE', new: 'NEW' };

/** @returns null for what is not about one tenant */
export async function tenantBackupCommand(args: readonly string[], parts: CommandParts): Promise<CommandEnd | null> {
  const [verb, subject, ...rest] = args;
  if (verb === 'tenant') {
    const { words, options } = optionsOf(args.slice(1), ['label'], []);
    if (words.length !== 1) throw new ConfigError(`Usage: ${TENANT_BACKUP_USAGE}`);
    return take(parts, tenantOf(words[0] ?? ''), options['label'] ?? 'manual');
  }
  if (verb === 'list' && subject !== undefined && rest.length === 0) return list(parts, tenantOf(subject));
  if (verb !== 'verify' || subject === undefined || !isUuid(subject) || rest.length > 0) return null;
  const repository = await backupRepository(parts.config, false);
  const manifest = await findTenantSnapshot(repository, subject);
  if (!manifest) return null;
  const findings = await verifySnapshot(repository, manifest);
  return { ok: findings.length === 0, lines: [...findings, `backup ${manifest.id} of the tenant ${manifest.tenant} ${findings.length === 0 ? 'is whole' : 'is damaged'}`] };
}

/** @param args after the word `tenant` */
export async function tenantRestoreCommand(args: readonly string[], parts: CommandParts): Promise<CommandEnd> {
  const { words: [id, ...more], options, flags } = optionsOf(args, ['name'], ['replace', 'merge', 'new', 'dry-run']);
  const [mode, another] = Object.entries(MODES).filter(([flag]) => flags.has(flag)).map(([, one]) => one);
  if (id === undefined || more.length > 0 || mode === undefined || another !== undefined) throw new ConfigError(`Usage: ${TENANT_RESTORE_USAGE}`);
  const { sources } = await opened(parts.config, false);
  const say = saying(parts.say);
  const plan = (): Promise<TenantRestorePlan> => planTenantRestore(sources, { snapshot: id, mode, name: options['name'] ?? null, progress: (part) => say(`checked ${Math.floor(part * 100)} %`) });
  if (flags.has('dry-run')) return { ok: true, lines: planned(await plan()) };
  const whose = (await findTenantSnapshot(sources.repository, id))?.tenant ?? id;
  return withTenantAlone(sources, whose, async () => {
    const whole = await plan();
    parts.say(`restore ${whole.id} ${whole.resumed ? 'goes on' : 'begins'}: interrupted, it goes on when it is given again`);
    const restored = await restoreTenant(sources, whole, { progress: (what) => parts.say(`restored ${what}`), crash: crashAt(parts.config.crashAt) });
    return { ok: true, lines: ended(whole, restored) };
  });
}

/** As it is written at the API, or by its UUID. */
function tenantOf(text: string): string {
  const tenant = isUuid(text) ? text : decodeId('tnt', text);
  if (tenant === null) throw new ConfigError(`${text} is no tenant's id, like ${encodeId('tnt', '01930000-0000-7000-8000-000000000001')}.`);
  return tenant;
}

async function opened(config: Config, create: boolean): Promise<{ sources: TenantSources; adminUrl: string }> {
  const adminUrl = config.databaseUrl ?? await embeddedUrl(config.dataDir);
  if (adminUrl === null && Object.keys(config.databaseUrls).length === 0) throw new ConfigError('The embedded database does not run: start the product first, or set DATABASE_URL.');
  const repository = await backupRepository(config, create);
  // The whole product, and only where rows are looked at.
  const [{ placesOf }, { tenantSources }] = await Promise.all([import('../places.js'), import('./tenant.sources.js')]);
  const places = placesOf(config, adminUrl ?? undefined);
  const warn = (...told: unknown[]): void => { process.stderr.write(`${told.filter((one) => typeof one === 'string').join(' ')}\n`); };
  const sources = await tenantSources({ config, places, repository, masterKey: await masterKeyOf(config, config.databaseUrl === undefined), logger: { warn } as TenantSources['logger'] });
  return { sources, adminUrl: places.databases.find(({ subgraphs }) => subgraphs.includes('compliance'))?.adminUrl ?? '' };
}

async function take({ config, say }: CommandParts, tenantId: string, label: string): Promise<CommandEnd> {
  const { sources, adminUrl } = await opened(config, true);
  const tell = saying(say);
  return withTenantAlone(sources, tenantId, async () => {
    const begun = performance.now();
    const { manifest, sha256 } = await takeSnapshot(sources, {
      tenantId, label, crash: crashAt(config.crashAt), progress: (phase, part) => tell(`${phase === 'ROWS' ? 'rows' : 'files'}: ${Math.floor(part * 100)} %`),
    });
    await tellBackup(adminUrl, 'backup.create', manifest.id, { outcome: 'SUCCESS', after: { manifestSha256: sha256, content: manifest.content, stored: manifest.stored } });
    const gone = await pruneTenant(sources.repository, tenantId, { count: config.backups.tenants.keepCount, days: config.backups.tenants.keepDays }, systemClock.now());
    return { ok: true, lines: [`${lineOf(manifest)}, in ${((performance.now() - begun) / 1000).toFixed(1)} s`, ...gone.map((id) => `let go: ${id}`)] };
  });
}

async function list({ config }: CommandParts, tenantId: string): Promise<CommandEnd> {
  const { whole, damaged } = await tenantSnapshots(await backupRepository(config, false), tenantId);
  return { ok: damaged.size === 0, lines: [...whole.map(lineOf), ...[...damaged].map(([id, what]) => `${id}  ${what}`), `${whole.length} backups of this tenant, ${damaged.size} damaged`] };
}

const rowsOf = ({ rows }: TenantManifest): number => Object.values(rows).flatMap(Object.values<number>).reduce((sum, n) => sum + n, 0);

const lineOf = (manifest: TenantManifest): string =>
  `${manifest.id}  ${manifest.label}  ended ${manifest.endedAt}  ${rowsOf(manifest)} rows, ${manifest.files.count} files, ${megabytes(manifest.content)}; ${megabytes(manifest.stored)} stored anew`;

function planned({ manifest, mode, target, id, resumed }: TenantRestorePlan): string[] {
  const tables = Object.entries(manifest.rows).flatMap(([schema, of]) => Object.entries(of).filter(([, rows]) => rows > 0).map(([table, rows]) => `${schema}.${table}: ${rows}`));
  const what = { REPLACE: 'would take the place of what there is', MERGE: 'would add what is missing', NEW: 'would be a new tenant' }[mode];
  return [...tables, `backup ${manifest.id} of ${manifest.startedAt}, ${rowsOf(manifest)} rows and ${manifest.files.count} files, ${what}: ${encodeId('tnt', target)}${resumed ? `; restore ${id} would go on` : ''}`];
}

function ended({ manifest, mode, target }: TenantRestorePlan, { schemas, files }: RestoredTenant): string[] {
  const { rows, left, unreadable } = sums(schemas);
  const lefts = Object.entries(schemas).flatMap(([schema, of]) => Object.entries(of.rows).filter(([, one]) => one.left > 0).map(([table, one]) => `${schema}.${table}: ${one.left} not written`));
  return [
    ...lefts, ...(unreadable > 0 ? [`${unreadable} sealed values do not open, and stay as they were`] : []), ...(manifest.files.gone > 0 ? [`${manifest.files.gone} files went while the backup was taken`] : []),
    `restored ${rows} rows and ${files.written} files of backup ${manifest.id} into ${encodeId('tnt', target)}; ${left} rows were there already or stand on what is not there any more`,
    mode === 'MERGE' ? 'nothing that was there was touched' : 'the tenant is suspended: look at it, then reactivate it (tenantReactivate)',
  ];
}

function saying(say: (line: string) => void): (line: string) => void {
  let last = Date.now();
  return (line) => {
    if (Date.now() - last < 1_000) return;
    last = Date.now();
    say(line);
  };
}
