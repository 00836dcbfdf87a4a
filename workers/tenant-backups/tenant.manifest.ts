// What a backup of one tenant says of itself: signed, readable, and without a name of anybody. Where it and its objects lie.
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { isUuid } from '../../subgraphs/kernel/base/ids.js';
import { BackupError } from '../backups/backup.error.js';
import type { StoredPack } from '../backups/manifest.js';
import { keyPath as sealingKeyPath, type Repository } from '../backups/repository.js';
import { DamagedObject, type ObjectKey } from '../backups/sealed.object.js';

/** Lines of one schema, or of the list of files. */
export interface TenantPack extends StoredPack {
  of: string;
}

export interface TenantManifest {
  format: 1;
  kind: 'tenant';
  repository: string;
  id: string;
  tenant: string;
  /** Why it was taken: `hourly`, `daily`, `weekly`, `manual`. */
  label: string;
  /** Of the run that ordered it; null: a command did. */
  run: string | null;
  startedAt: string;
  endedAt: string;
  /** Of each schema the moment that is shown; it is one for all that are in one database. */
  moments: Record<string, string>;
  /** The newest migration of each subgraph. */
  schemas: Record<string, string>;
  /** Rows by schema and table, parents first. */
  rows: Record<string, Record<string, number>>;
  /** Files, their bytes, and how many of them went while it was taken. */
  files: { count: number; bytes: number; gone: number };
  key: string;
  /** Bytes of content, and bytes that were stored anew. */
  content: number;
  stored: number;
  packs: TenantPack[];
}

/** A file of the tenant as a line of the list. */
export interface FileLine {
  key: string;
  bytes: number;
  storedAt: string;
  /** Null: it went while the snapshot was taken. */
  sha256: string | null;
  pieces: StoredPack[];
}

const PREFIX = 'tenants/';
export const FILES = 'files';

const manifestPath = (tenant: string, id: string): string => `${PREFIX}${tenant}/${id}.json`;
const keyPath = (tenant: string): string => `${PREFIX}${tenant}/key.json`;
/** Everything that is sealed of a tenant. */
export const objectsOf = (tenant: string): string => `tenant-objects/${tenant}/`;
export const snapshotFolder = (tenant: string, id: string): string => `${objectsOf(tenant)}${id}/`;
export const filesFolder = (tenant: string): string => `${objectsOf(tenant)}${FILES}/`;

/** The key of a tenant's backups: with it, all of them are gone. */
export async function tenantKey(repository: Repository, tenant: string): Promise<ObjectKey> {
  const known = await tenantKeyId(repository, tenant);
  if (known !== null) return repository.key(known);
  const key = await repository.newKey('TENANT');
  await repository.putSigned(keyPath(tenant), JSON.stringify({ key: key.id }));
  return key;
}

async function tenantKeyId(repository: Repository, tenant: string): Promise<string | null> {
  const text = await repository.getSigned(keyPath(tenant));
  return text === null ? null : (JSON.parse(text) as { key: string }).key;
}

/** @returns the SHA-256 of the manifest, for the trail */
export const writeTenantManifest = (repository: Repository, manifest: TenantManifest): Promise<string> =>
  repository.putSigned(manifestPath(manifest.tenant, manifest.id), canonicalize(manifest) ?? '');

/** As it is told when it is written. */
export const manifestHash = (manifest: TenantManifest): string => createHash('sha256').update(canonicalize(manifest) ?? '').digest('hex');

/** @returns null when there is none @throws DamagedObject, or BackupError when it is of another installation */
export async function readTenantManifest(repository: Repository, tenant: string, id: string): Promise<TenantManifest | null> {
  const path = manifestPath(tenant, id);
  const text = await repository.getSigned(path);
  if (text === null) return null;
  const manifest = JSON.parse(text) as TenantManifest;
  if (manifest.format !== 1) throw new BackupError(`The backup ${id} is of a newer version (format ${String(manifest.format)}): use that version.`);
  if (manifest.repository !== repository.id || manifest.id !== id || manifest.tenant !== tenant) throw new DamagedObject(path, 'it is of another backup');
  return manifest;
}

export interface NamedSnapshot { tenant: string; id: string }

/** By names alone, oldest first. @param tenant null: of every tenant */
export async function namedSnapshots(repository: Repository, tenant: string | null): Promise<NamedSnapshot[]> {
  const named: NamedSnapshot[] = [];
  for await (const { key } of repository.storage.list(tenant === null ? PREFIX : `${PREFIX}${tenant}/`)) {
    const [, of = '', file = ''] = key.split('/');
    const id = file.replace(/\.json$/, '');
    if (isUuid(of) && isUuid(id)) named.push({ tenant: of, id });
  }
  return named.sort((one, other) => (one.id < other.id ? -1 : 1));
}

/** The whole ones of a tenant, oldest first; and what is wrong with others, by id. */
export async function tenantSnapshots(repository: Repository, tenant: string): Promise<{ whole: TenantManifest[]; damaged: Map<string, string> }> {
  const [whole, damaged]: [TenantManifest[], Map<string, string>] = [[], new Map()];
  for (const { id } of await namedSnapshots(repository, tenant)) {
    try {
      const manifest = await readTenantManifest(repository, tenant, id);
      if (manifest) whole.push(manifest);
    } catch (error) {
      if (!(error instanceof DamagedObject || error instanceof BackupError)) throw error;
      damaged.set(id, error.message);
    }
  }
  return { whole, damaged };
}

/** Whose backup that is. @returns null when there is none of this id @throws DamagedObject BackupError */
export async function findTenantSnapshot(repository: Repository, id: string): Promise<TenantManifest | null> {
  const found = (await namedSnapshots(repository, null)).find((one) => one.id === id);
  return found ? readTenantManifest(repository, found.tenant, id) : null;
}

/** The manifest first: what is half removed is no backup any more. */
export async function removeSnapshot(repository: Repository, { tenant, id }: NamedSnapshot): Promise<void> {
  await repository.storage.remove(manifestPath(tenant, id));
  await removeUnder(repository, snapshotFolder(tenant, id));
}

/** Everything there is of a tenant, its key first: what is left of it then opens for nobody. @returns whether there was anything */
export async function removeTenant(repository: Repository, tenant: string): Promise<boolean> {
  const key = await tenantKeyId(repository, tenant);
  const removed = await removeUnder(repository, objectsOf(tenant), key === null ? [] : [sealingKeyPath(key)]);
  return await removeUnder(repository, `${PREFIX}${tenant}/`) || removed;
}

async function removeUnder(repository: Repository, prefix: string, first: readonly string[] = []): Promise<boolean> {
  const keys = [...first];
  for await (const { key } of repository.storage.list(prefix)) keys.push(key);
  for (const key of keys) await repository.storage.remove(key);
  return keys.length > 0;
}
