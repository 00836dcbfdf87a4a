// Which backups of a tenant are let go, and which files with them; and everything of who was erased.
import { readErased } from '../backups/erasure.ledger.js';
import type { Repository } from '../backups/repository.js';
import type { KeepRules } from '../backups/retention.js';
import { fileLines } from './snapshot.files.js';
import { FILES, filesFolder, namedSnapshots, objectsOf, removeSnapshot, removeTenant, tenantSnapshots, type TenantManifest } from './tenant.manifest.js';

const DAY_MS = 86_400_000;
/** What is being taken has no manifest yet. */
const ATTEMPT_MS = 2 * DAY_MS;

/** The time in a UUIDv7. */
const madeAt = (id: string): number => parseInt(id.replaceAll('-', '').slice(0, 12), 16);

/** To be called within `withTenantAlone`: else what is just being added would be taken for what nobody needs. @returns ids, oldest first */
export async function pruneTenant(repository: Repository, tenant: string, { count, days }: KeepRules, now: Date, dryRun = false): Promise<string[]> {
  const { whole, damaged } = await tenantSnapshots(repository, tenant);
  const newest = new Set(whole.slice(-Math.max(1, count)).map(({ id }) => id));
  const goes = ({ id, endedAt }: TenantManifest): boolean => !newest.has(id) && now.getTime() - Date.parse(endedAt) > days * DAY_MS;
  const gone = whole.filter(goes);
  if (dryRun) return gone.map(({ id }) => id);
  for (const one of gone) await removeSnapshot(repository, one);
  const kept = whole.filter((one) => !goes(one));
  await removeAttempts(repository, tenant, new Set([...kept.map(({ id }) => id), ...damaged.keys()]), now);
  // What a damaged one needs is not known: until somebody has looked at it, files stay.
  if (gone.length > 0 && damaged.size === 0) await removeFiles(repository, tenant, kept);
  return gone.map(({ id }) => id);
}

async function removeAttempts(repository: Repository, tenant: string, kept: ReadonlySet<string>, now: Date): Promise<void> {
  const left = new Set<string>();
  for await (const { key } of repository.storage.list(objectsOf(tenant))) left.add(key.split('/')[2] ?? '');
  for (const id of left) if (id !== FILES && !kept.has(id) && now.getTime() - madeAt(id) > ATTEMPT_MS) await removeSnapshot(repository, { tenant, id });
}

async function removeFiles(repository: Repository, tenant: string, kept: readonly TenantManifest[]): Promise<void> {
  const needed = new Set<string>();
  for (const manifest of kept) for await (const { pieces } of fileLines(repository, manifest)) for (const { path } of pieces) needed.add(path);
  const unneeded: string[] = [];
  for await (const { key } of repository.storage.list(filesFolder(tenant))) if (!needed.has(key)) unneeded.push(key);
  for (const key of unneeded) await repository.storage.remove(key);
}

/** Backups of who was erased go at once, with their key. @returns whose */
export async function forgetErased(repository: Repository): Promise<string[]> {
  const having = new Set((await namedSnapshots(repository, null)).map(({ tenant }) => tenant));
  const forgotten: string[] = [];
  for (const { tenantId } of await readErased(repository)) if (having.has(tenantId) && await removeTenant(repository, tenantId)) forgotten.push(tenantId);
  return forgotten;
}
