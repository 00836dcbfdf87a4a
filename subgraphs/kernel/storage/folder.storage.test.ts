// Files in a folder: whole or not there, whatever becomes of their writer.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { FolderStorage } from './folder.storage.js';

let folder: string;
let storage: FolderStorage;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-storage-'));
  storage = new FolderStorage(folder);
});
afterAll(() => rm(folder, { recursive: true }));

async function* chunks(count: number, fail = false): AsyncGenerator<string | Uint8Array> {
  for (let index = 0; index < count; index += 1) yield index % 2 === 0 ? `chunk ${index} é\n` : Buffer.from([index]);
  if (fail) throw new Error('The source broke.');
}
const expected = async (count: number): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  for await (const chunk of chunks(count)) pieces.push(Buffer.from(chunk as string));
  return Buffer.concat(pieces);
};

it('keeps what was written, its size and its hash, for this account alone', async () => {
  const content = await expected(50);
  expect(await storage.put('a/b.jsonl', chunks(50))).toEqual({ bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') });
  const read = await storage.get('a/b.jsonl');
  expect([read?.bytes, (await buffer(read!.stream)).equals(content)]).toEqual([content.length, true]);
  expect([(await stat(join(folder, 'a'))).mode & 0o777, (await stat(join(folder, 'a/b.jsonl'))).mode & 0o777]).toEqual([0o700, 0o600]);
});

it('shows nothing of a file whose source breaks, and leaves the one before', async () => {
  await storage.put('broken/old', chunks(2));
  await expect(storage.put('broken/new', chunks(10, true))).rejects.toThrow('The source broke.');
  await expect(storage.put('broken/old', chunks(10, true))).rejects.toThrow('The source broke.');
  expect(await storage.get('broken/new')).toBeNull();
  expect((await buffer((await storage.get('broken/old'))!.stream)).equals(await expected(2))).toBe(true);
  expect(await readdir(join(folder, 'broken'))).toEqual(['old']);
});

it('removes files, and what a writer that was killed left behind', async () => {
  for (const key of ['gone/one', 'gone/one.1.csv', 'gone/other']) await storage.put(key, chunks(1));
  await writeFile(join(folder, 'gone/.one.1234.part'), 'half');
  await writeFile(join(folder, 'gone/.other.1234.part'), 'half');
  await storage.remove('gone/one');
  await storage.remove('gone/one');
  expect([(await readdir(join(folder, 'gone'))).sort(), await storage.get('gone/one')]).toEqual([['.one.1234.part', '.other.1234.part', 'one.1.csv', 'other'], null]);
  await storage.removeAll('gone/one');
  await storage.removeAll('nowhere/one');
  expect((await readdir(join(folder, 'gone'))).sort()).toEqual(['.other.1234.part', 'other']);
});

it.each(['', '/etc/passwd', '../x', 'a/../b', 'a//b', '.hidden', 'a/.hidden', 'A', 'a\0'])('takes %j for no key', async (key) => {
  await expect(storage.put(key, chunks(1))).rejects.toThrow('is no key of a file');
  await expect(storage.get(key)).rejects.toThrow('is no key of a file');
});
