// The place of backups: what is stored opens nowhere else, a store that fails costs no backup, and what is let go is needed by nothing that stays.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { environmentMasterKey, type MasterKeyPort } from '../../subgraphs/kernel/crypto/master-key.js';
import { MasterKeyRing } from '../../subgraphs/kernel/crypto/master-key.ring.js';
import { FolderStorage } from '../../subgraphs/kernel/storage/folder.storage.js';
import { S3Storage } from '../../subgraphs/kernel/storage/s3.storage.js';
import type { ListedStorage } from '../../subgraphs/kernel/storage/storage.list.js';
import { TestObjectStore } from '../../test/kit/object-store.js';
import { backupFolder, listBackups, writeManifest } from './manifest.js';
import { PACK_BYTES, PackWriter } from './pack.writer.js';
import { Repository } from './repository.js';
import { prune } from './retention.js';
import { FRAME_BYTES, openObject, sealObject, type ObjectKey } from './sealed.object.js';
import { coverageFrom, walIndex } from './wal.coverage.js';
import { formatLsn, parseLsn, parsePiece, pieceKey, segmentAt, startOf } from './wal.position.js';
import { WalSegment, readPiece } from './wal.segment.js';

const SIZE = 16 * 1024 * 1024;
const keyOf = (byte: number): MasterKeyPort => environmentMasterKey(Buffer.alloc(32, byte).toString('base64'));
const master = keyOf(7);

let folder: string;
let store: TestObjectStore;
let repository: Repository;
beforeAll(async () => { store = await TestObjectStore.start('backups'); });
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-repository-'));
  repository = await Repository.open(new FolderStorage(folder), master, true);
});
afterEach(() => rm(folder, { recursive: true, force: true }));
afterAll(async () => {
  await store?.close();
});

const keysIn = async (storage: ListedStorage, prefix: string): Promise<string[]> => {
  const found: string[] = [];
  for await (const { key } of storage.list(prefix)) found.push(key);
  return found.sort();
};

describe('an object', () => {
  const place = { scope: 'backup', path: 'backups/one/p' };
  const content = randomBytes(2 * FRAME_BYTES + 17);
  const key: ObjectKey = { id: newId(), key: randomBytes(32) };
  const opened = (bytes: Buffer, at = place, by = key.key) => openObject(by, at, bytes, content.length);
  let sealed: Buffer;
  beforeAll(async () => { sealed = Buffer.concat(await sealObject(key, place, content)); });

  it('opens as it was, and is the same when it is made again', async () => {
    expect((await opened(sealed)).equals(content)).toBe(true);
    expect(Buffer.concat(await sealObject(key, place, content)).equals(sealed)).toBe(true);
  });

  it.each<[string, () => Promise<Buffer>]>([
    ['under another path', () => opened(sealed, { ...place, path: 'backups/one/q' })],
    ['in another backup', () => opened(sealed, { ...place, scope: 'other' })],
    ['with another key', () => opened(sealed, place, randomBytes(32))],
    ['without its last frame', () => opened(sealed.subarray(0, sealed.length - 4 - 16 - (sealed.length - 52 - 2 * (FRAME_BYTES + 20) - 20)))],
    ['with a byte more', () => opened(Buffer.concat([sealed, Buffer.of(0)]))],
    ['cut off', () => opened(sealed.subarray(0, 60))],
  ])('does not open %s, and is named', async (_how, open) => {
    await expect(open()).rejects.toThrow(/The object backups\/one\/[pq] is damaged/);
  });

  it('does not open with any byte changed', async () => {
    for (const at of [0, 5, 30, 53, 60, 52 + FRAME_BYTES, sealed.length - 20, sealed.length - 1]) {
      const changed = Buffer.from(sealed);
      changed[at] = changed[at]! ^ 0x40;
      await expect(opened(changed)).rejects.toThrow('is damaged');
    }
  });
});

it('is opened by the next master key once its keys were wrapped anew, and by the former one no more', async () => {
  const key = await repository.newKey('BACKUP');
  const stored = await repository.put(key, { scope: 's', path: 'backups/a/p' }, Buffer.from('kept'));
  const both = await Repository.open(new FolderStorage(folder), new MasterKeyRing(keyOf(8), [master]), false);
  expect([await both.rewrap(), await both.rewrap()]).toEqual([2, 0]);
  const next = await Repository.open(new FolderStorage(folder), keyOf(8), false);
  expect((await next.get({ scope: 's', path: 'backups/a/p' }, 100, stored)).toString()).toBe('kept');
  await expect(Repository.open(new FolderStorage(folder), master, false)).rejects.toThrow('does not open');
});

it('takes no document of another repository, and none that was changed', async () => {
  await repository.putSigned('points/one.json', '{"name":"one"}');
  const other = await mkdtemp(join(tmpdir(), 'switchboard-foreign-'));
  const foreign = await Repository.open(new FolderStorage(other), master, true);
  await foreign.putSigned('points/two.json', '{"name":"two"}');
  await writeFile(join(folder, 'points/two.json'), await readFile(join(other, 'points/two.json')));
  await expect(repository.getSigned('points/two.json')).rejects.toThrow('not of this installation');
  const text = await readFile(join(folder, 'points/one.json'), 'utf8');
  await writeFile(join(folder, 'points/one.json'), text.replace('one', 'eno'));
  await expect(repository.getSigned('points/one.json')).rejects.toThrow('points/one.json is damaged');
  await rm(other, { recursive: true });
});

it('goes on over a store that fails for a moment, and sends nothing again that is there', async () => {
  const storage = new S3Storage(store.settings('backups', 'first'));
  const bucket = await Repository.open(storage, master, true);
  const key = await bucket.newKey('BACKUP');
  const content = Buffer.concat([randomBytes(PACK_BYTES), randomBytes(PACK_BYTES / 2)]);
  const attempt = async (held: Map<string, number>) => {
    const packs = new PackWriter(bucket, key, 'one', backupFolder('one'), held, () => undefined);
    const file = { path: 'base/1', kind: 'file' as const, mode: 0o600, parts: [] };
    await packs.add(file, content);
    await packs.end();
    return { packs: packs.packs, parts: file.parts };
  };
  let [puts, refused] = [0, 0];
  store.fault = (request) => {
    if (request.method !== 'PUT') return null;
    puts += 1;
    return refused++ < 2 ? { status: 403, code: 'AccessDenied' } : null;
  };
  const first = await attempt(new Map());
  expect([first.parts, puts > 3]).toEqual([[[0, 0, PACK_BYTES], [1, 0, PACK_BYTES / 2]], true]);
  const held = new Map<string, number>();
  for await (const { key: path, bytes } of storage.list(backupFolder('one'))) held.set(path, bytes);
  puts = 0;
  expect(await attempt(held)).toEqual(first);
  expect(puts).toBe(0);
  store.fault = () => null;
});

it('does not say to have a piece of the log that its store has lost or changed', async () => {
  const storage = new S3Storage(store.settings('backups', 'lying'));
  const bucket = await Repository.open(storage, master, true);
  const key = await bucket.newKey('LOG');
  const begin = async (): Promise<WalSegment> => {
    const segment = await WalSegment.open(bucket, key, 1, BigInt(SIZE), SIZE);
    segment.add(segment.end, Buffer.from('some of the log'), new Date('2026-12-01T00:00:00Z'));
    return segment;
  };
  for (const [method, fault, what] of [['PUT', 'lie', 'does not have it'], ['GET', 'other', 'holds something else']] as const) {
    const segment = await begin();
    store.fault = (request) => (request.method === method && request.url?.includes('/wal/') ? fault : null);
    await expect(segment.keep()).rejects.toThrow(what);
    store.fault = () => null;
    expect([segment.kept, await keysIn(storage, 'wal/')]).toEqual([BigInt(SIZE), []]);
  }
  const segment = await begin();
  await segment.keep();
  expect(segment.kept).toBe(BigInt(SIZE) + 15n);
});

it('names a key that was changed by where it lies, whichever byte of it was', async () => {
  const { id } = await repository.newKey('BACKUP');
  const path = `keys/${id}.json`;
  const whole = await readFile(join(folder, path));
  for (let at = 0; at < whole.length; at += 1) {
    const changed = Buffer.from(whole);
    changed[at] = changed[at]! ^ 1;
    await writeFile(join(folder, path), changed);
    const again = await Repository.open(new FolderStorage(folder), master, false);
    await expect(again.key(id)).rejects.toThrow(path);
  }
});

describe('the log', () => {
  it('has positions and names as PostgreSQL writes them', () => {
    // pg_walfile_name('1/2A000028') on timeline 3.
    expect(segmentAt(3, parseLsn('1/2A000028'), SIZE)).toBe('00000003000000010000002a');
    expect([formatLsn(startOf('00000003000000010000002a', SIZE)), formatLsn(parseLsn('FF/FFFFFFFF'))]).toEqual(['1/2A000000', 'FF/FFFFFFFF']);
    const piece = { segment: '00000003000000010000002a', start: 16, end: SIZE, at: new Date(1_764_000_000_000) };
    expect(parsePiece(pieceKey(piece))).toEqual({ ...piece, key: pieceKey(piece) });
    expect(parsePiece('wal/00000001/00000003000000010000002a.00000000-00000001.000000000001')).toBeNull();
  });

  const at = new Date('2026-12-01T00:00:00Z');
  const fill = async (lsn: bigint, pieces: number, until = SIZE): Promise<WalSegment> => {
    const segment = await WalSegment.open(repository, await repository.newKey('LOG'), 1, lsn, SIZE);
    const bytes = Math.floor(until / pieces);
    for (let left = pieces; left > 0; left -= 1) {
      segment.add(segment.end, Buffer.alloc(left === 1 ? until - bytes * (pieces - 1) : bytes, left), at);
      await segment.keep();
    }
    return segment;
  };
  const covered = async (from: bigint) => coverageFrom(await walIndex(repository), from, [{ timeline: 1, end: null }], SIZE);
  const [first, second, third] = [BigInt(SIZE), 2n * BigInt(SIZE), 3n * BigInt(SIZE)];

  it('becomes one object a segment, also when it comes in many pieces or is kept anew after a kill', async () => {
    const half = await fill(first, 40, 100_000);
    expect((await keysIn(repository.storage, 'wal/')).length).toBeLessThan(30);
    expect([half.kept, (await covered(first)).end]).toEqual([first + 100_000n, first + 100_000n]);
    await fill(first, 2);
    expect(await keysIn(repository.storage, 'wal/')).toEqual([pieceKey({ segment: segmentAt(1, first, SIZE), start: 0, end: SIZE, at })]);
  });

  it('is read to the end by who began before pieces became one', async () => {
    const segment = await WalSegment.open(repository, await repository.newKey('LOG'), 1, first, SIZE);
    const bytes = randomBytes(SIZE);
    for (const [from, to] of [[0, 100], [100, 300]] as const) {
      segment.add(segment.end, bytes.subarray(from, to), at);
      await segment.keep();
    }
    const { pieces } = await covered(first);
    segment.add(segment.end, bytes.subarray(300), at);
    await segment.keep();
    expect(await keysIn(repository.storage, 'wal/')).toHaveLength(1);
    expect(Buffer.concat(await Promise.all(pieces.map((piece) => readPiece(repository, piece)))).equals(bytes.subarray(0, 300))).toBe(true);
    await repository.storage.remove((await keysIn(repository.storage, 'wal/'))[0] ?? '');
    await expect(readPiece(repository, pieces[1]!)).rejects.toThrow(`The object ${pieces[1]!.key} is damaged: it is missing.`);
  });

  it('has a gap where something is missing and more comes later, and none where it ends', async () => {
    await fill(first, 1);
    await fill(second, 1, 5_000);
    expect(await covered(first)).toMatchObject({ end: second + 5_000n, gap: null, endAt: at });
    await fill(third, 1, 5_000);
    expect(await covered(first)).toMatchObject({ end: second + 5_000n, gap: { segment: segmentAt(1, second, SIZE) } });
  });

  it('is let go with the backups that needed it, and not before', async () => {
    const now = new Date('2026-12-20T00:00:00Z');
    for (const lsn of [first, second, third]) await fill(lsn, 1);
    const backup = async (start: bigint, endedAt: string): Promise<string> => {
      const id = newId();
      await writeManifest(repository, await repository.newKey('BACKUP'), {
        id, label: 'daily', startedAt: endedAt, endedAt, server: { systemIdentifier: '1', version: 180_004, timeline: 1, segmentBytes: SIZE },
        start: formatLsn(start + 40n), stop: formatLsn(start + 80n), schemas: {}, files: 0, content: 0, stored: 0, packs: [], customerFiles: null,
      }, { files: [], fingerprint: null, unproved: null });
      return id;
    };
    const [old, kept] = [await backup(first, '2026-12-01T00:00:00Z'), await backup(second, '2026-12-02T00:00:00Z')];
    const rules = { count: 1, days: 7 };
    const before = await keysIn(repository.storage, 'wal/');
    expect(await prune(repository, { rules, now, dryRun: true, alone: true })).toMatchObject({ backups: [old], log: [before[0]] });
    expect([await keysIn(repository.storage, 'wal/'), (await listBackups(repository)).whole.length]).toEqual([before, 2]);
    await prune(repository, { rules, now, dryRun: false, alone: true });
    expect([await keysIn(repository.storage, 'wal/'), (await listBackups(repository)).whole.map(({ id }) => id)]).toEqual([before.slice(1), [kept]]);
    // The last one stays, however old.
    expect(await prune(repository, { rules: { count: 1, days: 0 }, now: new Date('2030-01-01T00:00:00Z'), dryRun: false, alone: true })).toMatchObject({ backups: [], log: [] });
  });
});
