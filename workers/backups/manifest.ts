// What a backup says of itself: the manifest, which is signed and readable, and the index of its files, which is sealed.
import canonicalize from 'canonicalize';
import { BackupError } from './backup.error.js';
import type { Fingerprint } from './fingerprint.js';
import type { Repository, StoredObject } from './repository.js';
import { DamagedObject, type ObjectKey } from './sealed.object.js';

export interface StoredPack extends StoredObject {
  /** Bytes of content. */
  content: number;
}

/** Files of customers, which are kept by what they hold. */
export interface CustomerFiles {
  /** In order of key and tenant. */
  index: StoredPack[];
  files: number;
  /** Bytes of all, and of those that had to be sent for this backup. */
  bytes: number;
  sent: number;
  /** So many were gone before they were read. */
  missing: number;
}

export interface BackupManifest {
  format: 1;
  repository: string;
  id: string;
  /** Who asked for it, or why: `daily`, `manual`. */
  label: string;
  startedAt: string;
  /** From this moment on it can be restored. */
  endedAt: string;
  server: { systemIdentifier: string; version: number; timeline: number; segmentBytes: number };
  /** The log that a restore needs at least, from the first position up to the second. */
  start: string;
  stop: string;
  key: string;
  /** The newest migration of each subgraph. */
  schemas: Record<string, string>;
  files: number;
  /** Bytes of content, and bytes stored. */
  content: number;
  stored: number;
  index: StoredPack;
  packs: StoredPack[];
  /** Null: whoever took it knew of no place of them. */
  customerFiles: CustomerFiles | null;
}

/** A file, folder or link of the cluster. `parts` are `[number of the pack, offset, bytes]`. */
export interface FileEntry {
  path: string;
  kind: 'file' | 'directory' | 'link';
  mode: number;
  target?: string;
  parts: [number, number, number][];
}

export interface BackupIndex {
  files: FileEntry[];
  fingerprint: Fingerprint | null;
  /** Why there is none; null: there is. */
  unproved: string | null;
}

const PREFIX = 'backups/';
const MANIFEST = 'manifest.json';
/** Of a million files. */
const INDEX_BYTES = 1024 * 1024 * 1024;

export const backupFolder = (id: string): string => `${PREFIX}${id}/`;

export async function writeManifest(repository: Repository, key: ObjectKey, manifest: Omit<BackupManifest, 'format' | 'repository' | 'key' | 'index'>, index: BackupIndex): Promise<{ manifest: BackupManifest; sha256: string }> {
  const content = Buffer.from(JSON.stringify(index));
  const stored = await repository.put(key, { scope: manifest.id, path: `${backupFolder(manifest.id)}index` }, content);
  await repository.confirm(stored);
  const whole: BackupManifest = { ...manifest, format: 1, repository: repository.id, key: key.id, index: { ...stored, content: content.length }, stored: manifest.stored + stored.bytes };
  return { manifest: whole, sha256: await repository.putSigned(`${backupFolder(whole.id)}${MANIFEST}`, canonicalize(whole) ?? '') };
}

/** @returns null when there is none: it was never finished, or is gone @throws DamagedObject, or BackupError when it is of another installation */
export async function readManifest(repository: Repository, id: string): Promise<BackupManifest | null> {
  const path = `${backupFolder(id)}${MANIFEST}`;
  const text = await repository.getSigned(path);
  if (text === null) return null;
  const manifest = JSON.parse(text) as BackupManifest;
  if (manifest.format !== 1) throw new BackupError(`The backup ${id} is of a newer version (format ${String(manifest.format)}): use that version.`);
  if (manifest.repository !== repository.id || manifest.id !== id) throw new DamagedObject(path, 'it is of another backup');
  return manifest;
}

export async function readIndex(repository: Repository, { id, index }: BackupManifest): Promise<BackupIndex> {
  return JSON.parse((await repository.get({ scope: id, path: index.path }, INDEX_BYTES, index)).toString('utf8')) as BackupIndex;
}

export interface ListedBackups {
  /** Oldest first. */
  whole: BackupManifest[];
  /** Ids of those without a manifest. */
  unfinished: string[];
  /** What cannot be read, by id. */
  damaged: Map<string, string>;
}

export async function listBackups(repository: Repository): Promise<ListedBackups> {
  const ids = new Set<string>();
  for await (const { key } of repository.storage.list(PREFIX)) ids.add(key.split('/')[1] ?? '');
  const listed: ListedBackups = { whole: [], unfinished: [], damaged: new Map() };
  for (const id of [...ids].sort()) {
    try {
      const manifest = await readManifest(repository, id);
      if (manifest) listed.whole.push(manifest);
      else listed.unfinished.push(id);
    } catch (error) {
      if (!(error instanceof DamagedObject || error instanceof BackupError)) throw error;
      listed.damaged.set(id, error.message);
    }
  }
  return listed;
}
