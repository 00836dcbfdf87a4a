// Files of customers in backups: what is known is not read again, the same content is stored once, what is damaged is named, and each is put back as it was.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { environmentMasterKey } from '../../subgraphs/kernel/crypto/master-key.js';
import { FolderStorage } from '../../subgraphs/kernel/storage/folder.storage.js';
import { S3Storage } from '../../subgraphs/kernel/storage/s3.storage.js';
import { StorageError, type StoragePort } from '../../subgraphs/kernel/storage/storage.js';
import { TestObjectStore } from '../../test/kit/object-store.js';
import { TEST_MASTER_KEY } from '../../test/kit/subgraph.js';
import { damagedFiles } from './customer.files.check.js';
import { backUpFiles, customerFilesOf, type CountedFile } from './customer.files.js';
import { restoreCustomerFiles } from './customer.files.restore.js';
import { writeManifest, type BackupManifest } from './manifest.js';
import { PACK_BYTES } from './pack.writer.js';
import { Repository } from './repository.js';
import { prune } from './retention.js';

const master = environmentMasterKey(TEST_MASTER_KEY);
const tenantId = newId();
let folder: string;
let repository: Repository;
let from: StoragePort;
let counted: CountedFile[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-customer-files-'));
  repository = await Repository.open(new FolderStorage(join(folder, 'store')), master, true);
  from = new FolderStorage(join(folder, 'files'));
  counted = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function* each<T>(all: readonly T[]): AsyncGenerator<T> { yield* all; }

async function keep(key: string, content: Buffer): Promise<void> {
  await from.put(key, each([content]));
  counted = [...counted, { tenantId, key, bytes: content.length }].sort((one, other) => (one.key < other.key ? -1 : 1));
}

async function backUp(endedAt = new Date(), before?: BackupManifest): Promise<BackupManifest> {
  const [id, key] = [newId(), await repository.newKey('BACKUP')];
  const customerFiles = await backUpFiles({ repository, key, id, from, counted: each(counted), before: before ? customerFilesOf(repository, before) : each([]), progress: () => undefined });
  return (await writeManifest(repository, key, {
    id, label: 'daily', startedAt: endedAt.toISOString(), endedAt: endedAt.toISOString(), server: { systemIdentifier: '1', version: 180_004, timeline: 1, segmentBytes: 16 * 1024 * 1024 },
    start: '0/1000028', stop: '0/1000100', schemas: {}, files: 0, content: 0, stored: 0, packs: [], customerFiles,
  }, { files: [], fingerprint: null, unproved: null })).manifest;
}

const pieces = async (): Promise<string[]> => (await readdir(join(folder, 'store', 'files'), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));

it('are stored once by what they hold, and not read again while they are known', async () => {
  const large = randomBytes(9_000_000);
  await keep('media/a', Buffer.from('the same'));
  await keep('media/b', Buffer.from('the same'));
  await keep('media/c', large);
  const first = await backUp();
  expect([first.customerFiles, (await pieces()).length]).toMatchObject([{ files: 3, bytes: 9_000_016, missing: 0 }, 1 + Math.ceil(large.length / PACK_BYTES)]);
  // What is known is not asked for: it could not be had any more.
  await from.remove('media/b');
  await from.remove('media/c');
  await keep('media/0', Buffer.from('new'));
  const second = await backUp(new Date(), first);
  expect(second.customerFiles).toMatchObject({ files: 4, bytes: 9_000_019, sent: 3, missing: 0 });
  const to = new FolderStorage(join(folder, 'restored'));
  await to.put('media/0', each([Buffer.from('is there')]));
  expect(await restoreCustomerFiles(repository, each([...counted, { tenantId, key: 'media/never', bytes: 1 }]), to, () => undefined)).toEqual({ files: 3, bytes: 9_000_016, there: 1, unknown: 1, failed: [] });
  expect((await buffer((await to.get('media/c'))!.stream)).equals(large)).toBe(true);
  expect((await buffer((await to.get('media/0'))!.stream)).toString()).toBe('is there');
});

it('come out of one bucket and back into another, and go on where the other failed half way', async () => {
  const store = await TestObjectStore.start('files');
  try {
    const bucket = from = new S3Storage(store.settings('files', 'before'));
    const large = randomBytes(9_000_000);
    await keep('media/a', Buffer.from('small'));
    await keep('media/b', large);
    expect((await backUp()).customerFiles).toMatchObject({ files: 2, bytes: 9_000_005, missing: 0 });
    const to = new S3Storage(store.settings('files', 'restored'));
    store.fault = ({ method, url = '' }) => (method !== 'GET' && url.includes('restored/media/b') ? { status: 403, code: 'AccessDenied' } : null);
    await expect(restoreCustomerFiles(repository, each(counted), to, () => undefined)).rejects.toThrow(StorageError);
    expect(await to.get('media/b')).toBeNull();
    store.fault = () => null;
    expect(await restoreCustomerFiles(repository, each(counted), to, () => undefined)).toEqual({ files: 1, bytes: 9_000_000, there: 1, unknown: 0, failed: [] });
    for (const { key } of counted) expect((await buffer((await to.get(key))!.stream)).equals(await buffer((await bucket.get(key))!.stream))).toBe(true);
  } finally {
    await store.stop();
  }
});

it('that have gone before they were read are counted, and come back from the backup before', async () => {
  await keep('media/a', Buffer.from('first'));
  await backUp();
  await keep('media/b', Buffer.from('second'));
  await from.remove('media/b');
  expect((await backUp()).customerFiles).toMatchObject({ files: 1, missing: 1 });
  expect(await restoreCustomerFiles(repository, each(counted), new FolderStorage(join(folder, 'restored')), () => undefined)).toMatchObject({ files: 1, unknown: 1, failed: [] });
});

it('are named when they are damaged, and those beside them are put back', async () => {
  for (const name of ['a', 'b']) await keep(`media/${name}`, Buffer.from(name));
  const backup = await backUp();
  expect(await damagedFiles(repository, backup, () => undefined)).toEqual([]);
  const [path = ''] = await pieces();
  const bytes = await readFile(path);
  bytes[60] = bytes[60]! ^ 1;
  await writeFile(path, bytes);
  const [finding, ...others] = await damagedFiles(repository, backup, () => undefined);
  expect([finding, others]).toEqual([expect.stringMatching(/^The file media\/[ab] cannot be restored: The object files\//), []]);
  const { files, failed } = await restoreCustomerFiles(repository, each(counted), new FolderStorage(join(folder, 'restored')), () => undefined);
  expect([files, failed]).toEqual([1, [expect.stringMatching(/^The file media\/[ab] could not be restored/)]]);
});

describe('are let go', () => {
  const now = new Date('2026-12-20T00:00:00Z');
  const options = { rules: { count: 1, days: 7 }, now, dryRun: false, alone: true };
  let kept: BackupManifest;
  beforeEach(async () => {
    await keep('media/a', Buffer.from('gone'));
    await keep('media/b', Buffer.from('kept'));
    const old = await backUp(new Date('2026-12-01T00:00:00Z'));
    counted = counted.slice(1);
    kept = await backUp(new Date('2026-12-02T00:00:00Z'), old);
  });

  it('with the last backup that has them, and its key too', async () => {
    expect(await prune(repository, { ...options, dryRun: true })).toMatchObject({ pieces: 1 });
    expect((await pieces()).length).toBe(2);
    const { backups: [gone = ''] } = await prune(repository, options);
    expect([gone === kept.id, (await pieces()).length, await damagedFiles(repository, kept, () => undefined)]).toEqual([false, 1, []]);
    // The signer's, that of the files, and that of the backup which stays.
    expect((await readdir(join(folder, 'store', 'keys'))).length).toBe(3);
  });

  it('not while somebody else may be storing some, or an attempt may be taken up', async () => {
    expect(await prune(repository, { ...options, alone: false })).toMatchObject({ pieces: 0 });
    await repository.putSigned(`backups/${newId()}/attempt.json`, '{}');
    expect([await prune(repository, { ...options, now: new Date() }), (await pieces()).length]).toMatchObject([{ pieces: 0 }, 2]);
  });
});
