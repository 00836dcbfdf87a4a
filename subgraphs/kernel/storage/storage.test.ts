// What every place of files promises, kept by each: whole or not there, streamed, and gone when it is removed.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { TestObjectStore } from '../../../test/kit/object-store.js';
import { FolderStorage } from './folder.storage.js';
import { PART_BYTES } from './s3.settings.js';
import { S3Storage } from './s3.storage.js';
import type { StoragePort } from './storage.js';

const MIB = 1_048_576;
const mebibytes = (content: number): Buffer => Buffer.alloc(MIB, content);

async function* chunks(...pieces: (string | Uint8Array | Error)[]): AsyncGenerator<string | Uint8Array> {
  for (const piece of pieces) {
    if (piece instanceof Error) throw piece;
    yield piece;
  }
}
const broke = new Error('The source broke.');
const large = Array.from({ length: 2 * PART_BYTES / MIB + 3 }, (_none, index) => mebibytes(index));

let store: TestObjectStore;
const folder = mkdtempSync(join(tmpdir(), 'switchboard-storage-'));
beforeAll(async () => { store = await TestObjectStore.start('files'); });
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

describe.each<[string, () => StoragePort]>([
  ['a folder', () => new FolderStorage(folder)],
  ['a bucket', () => new S3Storage(store.settings('files'))],
  ['a bucket below a prefix', () => new S3Storage(store.settings('files', 'some/where'))],
])('%s', (_name, open) => {
  const read = async (key: string): Promise<Buffer | null> => {
    const file = await open().get(key);
    if (!file) return null;
    const content = await buffer(file.stream);
    expect(file.bytes).toBe(content.length);
    return content;
  };

  it.each<[string, (string | Uint8Array)[]]>([
    ['nothing', []], ['text and bytes', ['é\n', Buffer.from([0, 255]), 'end']], ['more than fits into two parts', large],
  ])('keeps %s, its size and its hash', async (_what, pieces) => {
    const content = Buffer.concat(pieces.map((piece) => Buffer.from(piece as string)));
    const file = { bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
    expect(await open().put('a/b.jsonl', chunks(...pieces))).toEqual(file);
    expect((await read('a/b.jsonl'))?.equals(content)).toBe(true);
  });

  it('gives a part of a file, and no more', async () => {
    await open().put('part/file', chunks('0123456789'));
    const part = await open().get('part/file', { start: 2, bytes: 3 });
    expect([part?.bytes, String(await buffer(part!.stream))]).toEqual([3, '234']);
    expect(await open().get('part/none', { start: 0, bytes: 1 })).toBeNull();
  });

  it('deletes a whole folder, and nothing beside it', async () => {
    for (const key of ['whole/folder/a.jsonl', 'whole/folder/b.zip', 'whole/folder2/c.jsonl']) await open().put(key, chunks('x'));
    await open().removeAll('whole/folder/');
    expect([await read('whole/folder/a.jsonl'), await read('whole/folder/b.zip'), (await read('whole/folder2/c.jsonl'))?.toString()]).toEqual([null, null, 'x']);
    await expect(open().removeAll('/')).rejects.toThrow('is no key of a file');
  });

  it('shows nothing of a file before it is whole, and nothing of one whose source breaks', async () => {
    const storage = open();
    await storage.put('broken/old', chunks('old'));
    for (const piece of [['a little'], large]) {
      let seen: unknown = 'not looked at';
      async function* watched(): AsyncGenerator<string | Uint8Array> {
        yield* piece;
        seen = [await read('broken/new'), String(await read('broken/old'))];
        throw broke;
      }
      for (const key of ['broken/new', 'broken/old']) await expect(storage.put(key, watched())).rejects.toBe(broke);
      expect(seen).toEqual([null, 'old']);
    }
    expect([await read('broken/new'), String(await read('broken/old'))]).toEqual([null, 'old']);
    expect(store.unfinished('files')).toEqual([]);
    await storage.put('broken/old', chunks('new'));
    expect(String(await read('broken/old'))).toBe('new');
  });

  it('removes one, and all that begin with a name, and nothing else', async () => {
    const storage = open();
    for (const key of ['gone/one', 'gone/one.1.csv', 'gone/one.2.csv', 'gone/other', 'gone/one.d/file']) await storage.put(key, chunks(key));
    await storage.remove('gone/one');
    await storage.remove('gone/one');
    expect([await read('gone/one'), String(await read('gone/one.1.csv'))]).toEqual([null, 'gone/one.1.csv']);
    await storage.removeAll('gone/one.2');
    await storage.removeAll('nowhere/one');
    expect([await read('gone/one.2.csv'), String(await read('gone/one.1.csv')), String(await read('gone/other')), String(await read('gone/one.d/file'))])
      .toEqual([null, 'gone/one.1.csv', 'gone/other', 'gone/one.d/file']);
  });

  it.each(['', '/etc/passwd', '../x', 'a/../b', 'a//b', '.hidden', 'a/.hidden', 'A', 'a\0'])('takes %j for no key', async (key) => {
    const storage = open();
    for (const asked of [storage.put(key, chunks('x')), storage.get(key), storage.removeAll(key)]) await expect(asked).rejects.toThrow('is no key of a file');
  });
});
