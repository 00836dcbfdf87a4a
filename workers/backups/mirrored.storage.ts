// Two places for the same: what is written goes to both, and is read from whichever has it.
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
    const [found, failure] = await this.first.get(key, range).then((file) => [file, null] as const, (error: unknown) => [null, error] as const);
    const other = found ?? await this.second.get(key, range);
    // That the first could not say is not that neither has it: whoever finds nothing makes a repository anew.
    if (other === null && failure !== null) throw failure;
    return other;
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
