// After a restore the server goes on along another timeline: what was backed up of the stretch left behind may be newer, and is neither restored by itself nor taken for a way to the server.
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { environmentMasterKey } from '../../subgraphs/kernel/crypto/master-key.js';
import { FolderStorage } from '../../subgraphs/kernel/storage/folder.storage.js';
import { TEST_MASTER_KEY } from '../../test/kit/subgraph.js';
import { listBackups, writeManifest } from './manifest.js';
import { Repository } from './repository.js';
import { planRestore } from './restore.plan.js';
import { prune } from './retention.js';
import { lostLog } from './wal.gap.js';
import { formatLsn, historyKey, pieceKey, segmentAt } from './wal.position.js';

const SIZE = 16 * 1024 * 1024;
const segment = (number: number): bigint => BigInt(number) * BigInt(SIZE);
/** In the second segment, and in the third. */
const [LEFT, LATER] = [segment(2) + 5_000n, segment(3)];
const now = new Date('2026-12-10T00:00:00Z');

let folder: string;
let repository: Repository;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-timelines-'));
  repository = await Repository.open(new FolderStorage(join(folder, 'store')), environmentMasterKey(TEST_MASTER_KEY), true);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function kept(timeline: number, number: number, at: string): Promise<void> {
  await repository.put(await repository.newKey('LOG'), { scope: 'wal', path: pieceKey({ segment: segmentAt(timeline, segment(number), SIZE), start: 0, end: SIZE, at: new Date(at) }) }, Buffer.from('log'));
}

async function backedUp(timeline: number, start: bigint, endedAt: string): Promise<string> {
  const id = newId();
  await writeManifest(repository, await repository.newKey('BACKUP'), {
    id, label: 'daily', startedAt: endedAt, endedAt, server: { systemIdentifier: '1', version: 180_004, timeline, segmentBytes: SIZE },
    start: formatLsn(start), stop: formatLsn(start + 80n), schemas: {}, files: 0, content: 0, stored: 0, packs: [], customerFiles: null,
  }, { files: [], fingerprint: null, unproved: null });
  return id;
}

/** The first timeline has three segments; a restore left it in the second, and the other goes on from there. */
async function leftBehind(): Promise<void> {
  for (const number of [1, 2, 3, 4]) await kept(1, number, `2026-12-01T0${number}:00:00Z`);
  await repository.put(await repository.newKey('LOG'), { scope: 'wal', path: historyKey(2) }, Buffer.from(`1\t${formatLsn(LEFT)}\tbefore 2026-12-01 02:30:00\n`));
  for (const number of [2, 3]) await kept(2, number, `2026-12-01T0${number + 6}:00:00Z`);
}

const planned = (target: Parameters<typeof planRestore>[1]['target'], backup: string | null = null) => planRestore(repository, { target, backup, now, knows: null });

it('is restored along the newest, from the newest backup that leads there', async () => {
  await leftBehind();
  const good = await backedUp(1, segment(1) + 40n, '2026-12-01T01:30:00Z');
  const left = await backedUp(1, LATER + 40n, '2026-12-01T03:30:00Z');
  const found = [
    await planned({ kind: 'latest' }), await planned({ kind: 'time', time: new Date('2026-12-01T08:30:00Z') }),
    // Who wants what was left behind says so.
    await planned({ kind: 'latest' }, left),
  ].map(({ manifest: { id }, timeline, latest }) => [id, timeline, latest.toISOString()]);
  expect(found).toEqual([[good, 2, '2026-12-01T09:00:00.000Z'], [good, 2, '2026-12-01T09:00:00.000Z'], [left, 1, '2026-12-01T04:00:00.000Z']]);
});

it('is restored along the one before, by who went back to what was there', async () => {
  await leftBehind();
  const good = await backedUp(1, segment(1) + 40n, '2026-12-01T01:30:00Z');
  await backedUp(2, LATER + 40n, '2026-12-01T08:30:00Z');
  await kept(1, 5, '2026-12-01T10:00:00Z');
  const found = async () => { const { manifest, timeline, latest } = await planned({ kind: 'latest' }); return [manifest.id, timeline, latest.toISOString()]; };
  expect(await found()).toEqual([good, 1, '2026-12-01T10:00:00.000Z']);
  expect(await lostLog(repository, { lsn: segment(6), timeline: 1 })).toBeNull();
  const next = await backedUp(1, segment(5) + 40n, '2026-12-01T09:30:00Z');
  expect(await found()).toEqual([next, 1, '2026-12-01T10:00:00.000Z']);
});

it('is told to be without a backup while none leads there', async () => {
  await leftBehind();
  await backedUp(1, LATER + 40n, '2026-12-01T03:30:00Z');
  const slot = { lsn: segment(4), timeline: 2 };
  expect(await lostLog(repository, slot)).toBe('the server is on timeline 2, to which no backup leads: take a backup now');
  await backedUp(2, LATER + 40n, '2026-12-01T08:30:00Z');
  expect(await lostLog(repository, slot)).toBeNull();
});

it('has its way kept by a backup that is older than those of the stretch left behind', async () => {
  await leftBehind();
  const good = await backedUp(1, segment(1) + 40n, '2026-12-01T01:30:00Z');
  const left = await backedUp(1, LATER + 40n, '2026-12-01T03:30:00Z');
  const rules = { rules: { count: 1, days: 0 }, now, dryRun: false, alone: true };
  expect((await prune(repository, rules)).backups).toEqual([]);
  expect(await lostLog(repository, { lsn: segment(4), timeline: 2 })).toBeNull();
  const next = await backedUp(2, LATER + 40n, '2026-12-01T08:30:00Z');
  expect([(await prune(repository, rules)).backups, (await listBackups(repository)).whole.map(({ id }) => id)]).toEqual([[good, left], [next]]);
});
