// Files in a folder: for this account alone, and nothing is left of a writer that broke or was killed. The rest is in storage.test.ts.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderStorage } from './folder.storage.js';

let folder: string;
let storage: FolderStorage;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-storage-'));
  storage = new FolderStorage(folder);
});
afterAll(() => rm(folder, { recursive: true }));

async function* chunks(fail = false): AsyncGenerator<string> {
  yield 'content';
  if (fail) throw new Error('The source broke.');
}

it('are for this account alone', async () => {
  await storage.put('a/b.jsonl', chunks());
  expect([(await stat(join(folder, 'a'))).mode & 0o777, (await stat(join(folder, 'a/b.jsonl'))).mode & 0o777]).toEqual([0o700, 0o600]);
});

it('leave no draft when their source breaks', async () => {
  await storage.put('broken/old', chunks());
  for (const key of ['broken/new', 'broken/old']) await expect(storage.put(key, chunks(true))).rejects.toThrow('The source broke.');
  expect(await readdir(join(folder, 'broken'))).toEqual(['old']);
});

it('go with what a writer that was killed left behind', async () => {
  for (const key of ['gone/one', 'gone/one.1.csv', 'gone/other']) await storage.put(key, chunks());
  await writeFile(join(folder, 'gone/.one.1234.part'), 'half');
  await writeFile(join(folder, 'gone/.other.1234.part'), 'half');
  await storage.remove('gone/one');
  expect((await readdir(join(folder, 'gone'))).sort()).toEqual(['.one.1234.part', '.other.1234.part', 'one.1.csv', 'other']);
  await storage.removeAll('gone/one');
  expect((await readdir(join(folder, 'gone'))).sort()).toEqual(['.other.1234.part', 'other']);
});
