// Two places of backups: each serves for the other, what one lacks is given to it again, and both are looked at.
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentMasterKey } from '../../subgraphs/kernel/crypto/master-key.js';
import { FolderStorage } from '../../subgraphs/kernel/storage/folder.storage.js';
import type { ListedStorage } from '../../subgraphs/kernel/storage/storage.list.js';
import { TEST_MASTER_KEY } from '../../test/kit/subgraph.js';
import { mend, shareSmall } from './mend.js';
import { MirroredStorage, listEverywhere } from './mirrored.storage.js';
import { PackWriter } from './pack.writer.js';
import { Repository } from './repository.js';
import { WalSegment } from './wal.segment.js';

const SIZE = 16 * 1024 * 1024;
const master = environmentMasterKey(TEST_MASTER_KEY);
const place = { scope: 'a', path: 'backups/a/p' };

let folder: string;
let one: FolderStorage;
let other: FolderStorage;
let both: Repository;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-places-'));
  [one, other] = [new FolderStorage(join(folder, 'one')), new FolderStorage(join(folder, 'other'))];
  both = await Repository.open(new MirroredStorage(one, other), master, true);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const keysIn = async (storage: ListedStorage, prefix: string): Promise<string[]> => [...(await listEverywhere(storage, prefix)).keys()].sort();
const change = async (path: string): Promise<void> => {
  const bytes = await readFile(join(folder, path));
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = bytes[middle]! ^ 1;
  await writeFile(join(folder, path), bytes);
};

it('serve for one another when an object, a document or a key is damaged in the first, and say so', async () => {
  const key = await both.newKey('BACKUP');
  const stored = await both.put(key, place, Buffer.from('kept twice'));
  await both.putSigned('points/one.json', '{"name":"one"}');
  const damaged = ['backups/a/p', 'points/one.json', `keys/${key.id}.json`, 'repository.json'];
  for (const path of damaged) await change(`one/${path}`);
  const again = await Repository.open(both.storage, master, false);
  expect((await again.get(place, 100, stored)).toString()).toBe('kept twice');
  expect(await again.getSigned('points/one.json')).toBe('{"name":"one"}');
  expect([...again.damagedCopies.keys()].sort()).toEqual(damaged.sort());
  expect(again.damagedCopies.get('backups/a/p')).toBe('The object backups/a/p is damaged in the first place, and whole in the other: its SHA-256 is not that of the manifest.');
});

it('are looked at both by who inspects them', async () => {
  const stored = await both.put(await both.newKey('BACKUP'), place, Buffer.from('kept twice'));
  await change('other/backups/a/p');
  const inspecting = both.inspecting();
  await Promise.all([both.check(stored), inspecting.check(stored)]);
  expect([[...both.damagedCopies], [...inspecting.damagedCopies.keys()]]).toEqual([[], ['backups/a/p']]);
  await change('one/backups/a/p');
  await expect(inspecting.check(stored)).rejects.toThrow('backups/a/p is damaged');
});

it('are given again what one of them alone has', async () => {
  const key = await both.newKey('BACKUP');
  const attempt = async (): Promise<void> => {
    const packs = new PackWriter(both, key, 'a', 'backups/a/', await listEverywhere(both.storage, 'backups/a/'), () => undefined);
    await packs.add({ path: 'base/1', kind: 'file', mode: 0o600, parts: [] }, Buffer.from('a pack'));
    await packs.end();
  };
  await attempt();
  const [pack = ''] = await keysIn(other, 'backups/a/');
  await other.remove(pack);
  await attempt();
  expect(await keysIn(other, 'backups/a/')).toEqual([pack]);
  const keep = async (): Promise<void> => {
    const segment = await WalSegment.open(both, key, 1, BigInt(SIZE), SIZE);
    segment.add(segment.end, Buffer.alloc(SIZE, 1), new Date('2026-12-01T00:00:00Z'));
    await segment.keep();
  };
  await keep();
  const [piece = ''] = await keysIn(other, 'wal/');
  await other.remove(piece);
  await keep();
  expect([await keysIn(one, 'wal/'), await keysIn(other, 'wal/')]).toEqual([[piece], [piece]]);
});

it('become alike again: what one lacks or has damaged comes from the other', async () => {
  const key = await both.newKey('BACKUP');
  const stored = await both.put(key, place, Buffer.from('kept twice'));
  await both.putSigned('points/one.json', '{"name":"one"}');
  await one.remove('repository.json');
  await one.remove(`keys/${key.id}.json`);
  await change('one/points/one.json');
  await change('other/backups/a/p');
  const again = await Repository.open(both.storage, master, false);
  expect(await mend(again, () => undefined)).toMatchObject({ objects: 4, lost: [] });
  expect(await mend(again, () => undefined)).toMatchObject({ objects: 0, lost: [] });
  for (const single of [one, other]) {
    const alone = await Repository.open(single, master, false);
    expect([(await alone.get(place, 100, stored)).toString(), await alone.getSigned('points/one.json')]).toEqual(['kept twice', '{"name":"one"}']);
  }
  await change('one/backups/a/p');
  await change('other/backups/a/p');
  await other.remove('backups/a/p');
  expect(await mend(again, () => undefined)).toMatchObject({ objects: 0, lost: ['backups/a/p'] });
  await expect(mend(await Repository.open(one, master, false), () => undefined)).rejects.toThrow('There is one place of backups');
});

it('share keys and documents with one that is new', async () => {
  const first = await Repository.open(one, master, true);
  const key = await first.newKey('LOG');
  await first.putSigned('erased/one.json', '{}');
  await shareSmall(both);
  const alone = await Repository.open(other, master, false);
  expect([(await alone.key(key.id)).key.equals(key.key), await alone.getSigned('erased/one.json')]).toEqual([true, '{}']);
});

it('are read from the second when the first has lost it', async () => {
  const stored = await both.put(await both.newKey('BACKUP'), place, Buffer.from('kept twice'));
  await one.remove(place.path);
  expect((await both.get(place, 100, stored)).toString()).toBe('kept twice');
  expect(both.damagedCopies.get(place.path)).toContain('it is missing');
});
