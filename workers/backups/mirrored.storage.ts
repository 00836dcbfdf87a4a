// Two places that hold the same: a backup counts as written when both have it, and is read from whichever can.
import type { Readable } from 'node:stream';
import type { FileRange, StoredFile } from '../../subgraphs/kernel/storage/storage.js';
import { StorageError } from '../../subgraphs/kernel/storage/storage.js';
import type { ListedFile, ListedStorage } from '../../subgraphs/kernel/storage/storage.list.js';

export class MirroredStorage implements ListedStorage {
  constructor(private readonly first: ListedStorage, private readonly second: ListedStorage) {}

  /** The content is read twice: it must be one that can be. */
  async put(key: string, content: AsyncIterable<string | Uint8Array>): Promise<StoredFile> {
    const [one, other] = await Promise.all([this.first.put(key, content), this.second.put(key, content)]);
    if (one.sha256 !== other.sha256) throw new StorageError(`The two places of backups were not given the same for ${key}.`);
    return one;
  }

  async get(key: string, range?: FileRange): Promise<{ stream: Readable; bytes: number } | null> {
    // Whatever is wrong with the first, the second is there for it.
    const found = await this.first.get(key, range).catch(() => null);
    return found ?? this.second.get(key, range);
  }

  async remove(key: string): Promise<void> {
    await Promise.all([this.first.remove(key), this.second.remove(key)]);
  }

  async removeAll(prefix: string): Promise<void> {
    await Promise.all([this.first.removeAll(prefix), this.second.removeAll(prefix)]);
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
