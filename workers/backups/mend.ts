// Two places of backups become alike again: what one lacks, or has damaged, is copied from the other.
import type { ListedStorage } from '../../subgraphs/kernel/storage/storage.list.js';
import { BackupError } from './backup.error.js';
import { placesOf, type BackupPlace } from './mirrored.storage.js';
import { SERVER } from './own.server.js';
import { IDENTITY, KEYS, type Repository } from './repository.js';
import { persist, readWhole, sha256 } from './stored.bytes.js';

export interface Mended {
  /** Objects that were written, and their bytes. */
  objects: number;
  bytes: number;
  /** Paths of what is whole in neither. */
  lost: string[];
}

/** Of the place itself. */
const DOCUMENTS = [IDENTITY, SERVER];
/** Everything else there is. */
const FOLDERS = [KEYS, 'backups/', 'wal/', 'files/', 'erased/', 'points/', 'tenants/', 'tenant-objects/'];
/** Without which nothing else in a place opens, and what belongs to no one backup. */
const SMALL_FOLDERS = [KEYS, 'erased/', 'points/'];
const LARGEST = 1024 * 1024 * 1024;

/** Compares each object, byte by byte. @throws BackupError where there is one place only */
export async function mend(repository: Repository, progress: (seen: number) => void): Promise<Mended> {
  const [first, second] = placesOf(repository.storage);
  if (!first || !second) throw new BackupError('There is one place of backups: nothing can be mended from another.');
  const mended: Mended = { objects: 0, bytes: 0, lost: [] };
  let seen = 0;
  for (const folder of [...DOCUMENTS, ...FOLDERS]) {
    for (const path of DOCUMENTS.includes(folder) ? [folder] : await keysOf([first, second], folder)) {
      progress(seen += 1);
      const [one, other] = [await copyOf(first.storage, path), await copyOf(second.storage, path)];
      if (one && other && one.equals(other)) continue;
      const whole = one && await repository.isSound(path, one) ? one : other && await repository.isSound(path, other) ? other : null;
      if (!whole) {
        // Somebody may have removed it meanwhile.
        if (one || other) mended.lost.push(path);
        continue;
      }
      for (const { storage } of [...(whole === one ? [] : [first]), ...(whole === other ? [] : [second])]) {
        await persist(storage, path, [whole], sha256([whole]));
        mended.objects += 1;
        mended.bytes += whole.length;
      }
    }
  }
  return mended;
}

/** For a place that is new or was away: what is small and always needed. What a backup is of comes with the next one. */
export async function shareSmall({ storage }: Repository): Promise<void> {
  const places = placesOf(storage);
  if (places.length < 2) return;
  const held = await Promise.all(places.map(({ storage: place }) => smallOf(place)));
  for (const [number, place] of places.entries()) {
    const other = places[1 - number];
    for (const path of held[1 - number] ?? []) {
      const text = held[number]?.has(path) ? null : other && await copyOf(other.storage, path);
      if (text) await persist(place.storage, path, [text], sha256([text]));
    }
  }
}

async function smallOf(place: ListedStorage): Promise<Set<string>> {
  const found = new Set<string>();
  for (const path of DOCUMENTS) {
    const document = await place.get(path);
    document?.stream.destroy();
    if (document) found.add(path);
  }
  for (const folder of SMALL_FOLDERS) for await (const { key } of place.list(folder)) found.add(key);
  for await (const { key } of place.list('wal/')) if (key.endsWith('/history')) found.add(key);
  // Which key is that of a tenant's backups: it must be known where it is to be destroyed.
  for await (const { key } of place.list('tenants/')) if (key.endsWith('/key.json')) found.add(key);
  return found;
}

async function keysOf(places: readonly BackupPlace[], folder: string): Promise<string[]> {
  const found = new Set<string>();
  for (const { storage } of places) for await (const { key } of storage.list(folder)) found.add(key);
  return [...found].sort();
}

const copyOf = (storage: ListedStorage, path: string): Promise<Buffer | null> => readWhole(storage, path, LARGEST);
