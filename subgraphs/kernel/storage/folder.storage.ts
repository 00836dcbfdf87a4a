// Files in a folder, readable by this account alone. Every process that writes or reads them must see the same folder.
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { checkKey, checkPrefix } from './storage.key.js';
import { Measured } from './storage.measure.js';
import type { FileRange, StoredFile } from './storage.js';
import type { ListedFile, ListedStorage } from './storage.list.js';

const UNFINISHED = '.part';

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

export class FolderStorage implements ListedStorage {
  constructor(private readonly folder: string) {}

  async put(key: string, content: AsyncIterable<string | Uint8Array>): Promise<StoredFile> {
    const path = this.#pathOf(key);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const draft = join(dirname(path), `.${basename(path)}.${randomBytes(8).toString('hex')}${UNFINISHED}`);
    const measured = new Measured(content);
    try {
      const file = await open(draft, 'wx', 0o600);
      await pipeline(measured.stream(), file.createWriteStream({ flush: true }));
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
    return measured.result();
  }

  async get(key: string, range?: FileRange): Promise<{ stream: Readable; bytes: number } | null> {
    const file = await open(this.#pathOf(key)).catch((error: unknown) => {
      if (isMissing(error)) return null;
      throw error;
    });
    if (!file) return null;
    if (range) return { bytes: range.bytes, stream: createReadStream('', { fd: file, start: range.start, end: range.start + range.bytes - 1 }) };
    return { bytes: (await file.stat()).size, stream: createReadStream('', { fd: file }) };
  }

  remove(key: string): Promise<void> {
    return rm(this.#pathOf(key), { force: true });
  }

  async removeAll(prefix: string): Promise<void> {
    checkPrefix(prefix);
    const [folder, start] = prefix.endsWith('/') ? [join(this.folder, prefix), ''] : [join(this.folder, dirname(prefix)), basename(prefix)];
    const names = await readdir(folder).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    const doomed = (name: string): boolean => name.startsWith(start) || (name.startsWith(`.${start}`) && name.endsWith(UNFINISHED));
    for (const name of names.filter(doomed)) await rm(join(folder, name), { force: true });
  }

  async* list(prefix: string): AsyncGenerator<ListedFile> {
    checkPrefix(prefix);
    const entries = await readdir(join(this.folder, prefix), { recursive: true, withFileTypes: true }).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    for (const entry of entries) {
      if (!entry.isFile() || (entry.name.startsWith('.') && entry.name.endsWith(UNFINISHED))) continue;
      const path = join(entry.parentPath, entry.name);
      // Somebody may be removing it meanwhile.
      const found = await stat(path).catch((error: unknown) => {
        if (isMissing(error)) return null;
        throw error;
      });
      if (found) yield { key: relative(this.folder, path).replaceAll(sep, '/'), bytes: found.size };
    }
  }

  #pathOf(key: string): string {
    checkKey(key);
    return join(this.folder, key);
  }
}
