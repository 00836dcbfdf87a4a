// Two places for the same: what is written goes to both, and is read from whichever has it.
import type { Readable } from 'node:stream';
import type { FileRange, StoredFile } from '../../subgraphs/kernel/storage/storage.js';
import { StorageError } from '../../subgraphs/kernel/storage/storage.js';
import type { ListedFile, ListedStorage } from '../../subgraphs/kernel/storage/storage.list.js';

export class MirroredStorage implements ListedStorage {
  constructor(readonly first: ListedStorage, readonly second: ListedStorage) {}

  /** The content is read twice: it must be one that can be. */
  async put(key: string, content: AsyncIterable<string | Uint8Array>): Promise<StoredFile> {
    const [one, other] = await both(this.first.put(key, content), this.second.put(key, content));
    if (one.sha256 !== other.sha256) throw new StorageError(`The two places of backups were not given the same for ${key}.`);
    return one;
  }

  async get(key: string, range?: FileRange): Promise<{ stream: Readable; bytes: number } | null> {
    const [found, failure] = await this.first.get(key, range).then((file) => [file, null] as const, (error: unknown) => [null, error] as const);
    const other = found ?? await this.second.get(key, range);
    // That the first could not say is not that neither has it: whoever finds nothing makes a repository anew.
    if (other === null && failure !== null) throw failure;
    return other;
  }

  async remove(key: string): Promise<void> {
    await both(this.first.remove(key), this.second.remove(key));
  }

  async removeAll(prefix: string): Promise<void> {
    await both(this.first.removeAll(prefix), this.second.removeAll(prefix));
  }

  async* list(prefix: string): AsyncGenerator<ListedFile> {
    const seen = new Set<string>();
    for (const place of [this.first, this.second]) {
      for await (const file of place.list(prefix)) {
        if (seen.has(file.key)) continue;
        seen.add(file.key);
        yield file;
      }
    }
  }
}

/** Neither is left alone while it still writes. @throws what the first of them that failed has said */
async function both<T>(one: Promise<T>, other: Promise<T>): Promise<[T, T]> {
  const ended = await Promise.allSettled([one, other]);
  for (const each of ended) if (each.status === 'rejected') throw each.reason;
  return Promise.all([one, other]);
}

export interface BackupPlace {
  /** As an operator knows it. */
  name: string;
  storage: ListedStorage;
}

export const placesOf = (storage: ListedStorage): BackupPlace[] => storage instanceof MirroredStorage
  ? [{ name: 'the first place', storage: storage.first }, { name: 'the second place', storage: storage.second }]
  : [{ name: 'the place of backups', storage }];

/** What every place has, and of one size. What one of them lacks is as good as not stored: it is stored there again. */
export async function listEverywhere(storage: ListedStorage, prefix: string): Promise<Map<string, number>> {
  const [first, ...others] = placesOf(storage);
  const held = new Map<string, number>();
  if (first) for await (const { key, bytes } of first.storage.list(prefix)) held.set(key, bytes);
  for (const other of others) {
    const there = new Map<string, number>();
    for await (const { key, bytes } of other.storage.list(prefix)) there.set(key, bytes);
    for (const [key, bytes] of held) if (there.get(key) !== bytes) held.delete(key);
  }
  return held;
}
