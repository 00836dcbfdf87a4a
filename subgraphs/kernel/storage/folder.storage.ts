// Files in a folder, readable by this account alone. Every process that writes or reads them must see the same folder.
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { StoragePort, StoredFile } from './storage.js';

/** Names between slashes; none is hidden, none climbs. */
const KEY = /^[a-z0-9][a-z0-9_.-]*(?:\/[a-z0-9][a-z0-9_.-]*)*$/;
const UNFINISHED = '.part';

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

export class FolderStorage implements StoragePort {
  constructor(private readonly folder: string) {}

  async put(key: string, content: AsyncIterable<string | Uint8Array>): Promise<StoredFile> {
    const path = this.#pathOf(key);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const draft = join(dirname(path), `.${basename(path)}.${randomBytes(8).toString('hex')}${UNFINISHED}`);
    const hash = createHash('sha256');
    let bytes = 0;
    try {
      const file = await open(draft, 'wx', 0o600);
      await pipeline(Readable.from(content, { objectMode: true }), async function* measured(chunks: AsyncIterable<string | Uint8Array>) {
        for await (const chunk of chunks) {
          const piece = Buffer.from(chunk as string);
          hash.update(piece);
          bytes += piece.byteLength;
          yield piece;
        }
      }, file.createWriteStream({ flush: true }));
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
    return { bytes, sha256: hash.digest('hex') };
  }

  async get(key: string): Promise<{ stream: Readable; bytes: number } | null> {
    const file = await open(this.#pathOf(key)).catch((error: unknown) => {
      if (isMissing(error)) return null;
      throw error;
    });
    if (!file) return null;
    return { bytes: (await file.stat()).size, stream: createReadStream('', { fd: file }) };
  }

  remove(key: string): Promise<void> {
    return rm(this.#pathOf(key), { force: true });
  }

  async removeAll(prefix: string): Promise<void> {
    const path = this.#pathOf(prefix);
    const names = await readdir(dirname(path)).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    const doomed = (name: string): boolean => name.startsWith(basename(path)) || (name.startsWith(`.${basename(path)}`) && name.endsWith(UNFINISHED));
    for (const name of names.filter(doomed)) await rm(join(dirname(path), name), { force: true });
  }

  #pathOf(key: string): string {
    if (!KEY.test(key)) throw new Error(`${JSON.stringify(key)} is no key of a file.`);
    return join(this.folder, key);
  }
}
