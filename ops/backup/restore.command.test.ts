// What a restore refuses before it has touched anything: a backup of another major version, of a newer version of the product, of another installation; and orders that make no sense.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { cp, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { readConfig, type Config } from '../../subgraphs/kernel/base/config.js';
import { environmentMasterKey } from '../../subgraphs/kernel/crypto/master-key.js';
import { FolderStorage } from '../../subgraphs/kernel/storage/folder.storage.js';
import { TEST_MASTER_KEY } from '../../test/kit/subgraph.js';
import { writeManifest } from '../../workers/backups/manifest.js';
import { Repository } from '../../workers/backups/repository.js';
import { WalSegment } from '../../workers/backups/wal.segment.js';
import { subgraphNames } from '../rover.file.js';
import { restoreCommand } from './restore.command.js';

const SIZE = 16 * 1024 * 1024;
const master = environmentMasterKey(TEST_MASTER_KEY);
let folder: string;
let config: Config;
const ids = { older: '', newer: '', foreign: '' };

async function backup(repository: Repository, version: number, schemas: Record<string, string>): Promise<string> {
  const id = newId();
  await writeManifest(repository, await repository.newKey('BACKUP'), {
    id, label: 'daily', startedAt: '2026-12-01T00:00:00Z', endedAt: '2026-12-01T00:00:00Z', server: { systemIdentifier: '1', version, timeline: 1, segmentBytes: SIZE },
    start: '0/1000028', stop: '0/1000100', schemas, files: 0, content: 0, stored: 0, packs: [], customerFiles: null,
  }, { files: [], fingerprint: null, unproved: null });
  return id;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-restore-'));
  config = readConfig({ BACKUP_FOLDER: join(folder, 'store'), SWITCHBOARD_MASTER_KEY: TEST_MASTER_KEY, SWITCHBOARD_DATA_DIR: join(folder, 'data') }, subgraphNames());
  const repository = await Repository.open(new FolderStorage(join(folder, 'store')), master, true);
  const segment = await WalSegment.open(repository, await repository.newKey('LOG'), 1, BigInt(SIZE), SIZE);
  segment.add(segment.end, Buffer.alloc(8192), new Date('2026-12-01T00:00:01Z'));
  await segment.keep();
  ids.older = await backup(repository, 170_006, {});
  ids.newer = await backup(repository, 180_004, { identity: '20990101-01-flying' });
  const foreign = await Repository.open(new FolderStorage(join(folder, 'foreign')), master, true);
  ids.foreign = await backup(foreign, 180_004, {});
  await cp(join(folder, 'foreign', 'backups', ids.foreign), join(folder, 'store', 'backups', ids.foreign), { recursive: true });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it.each<[string, () => string[], string]>([
  ['of another major version', () => ['--backup', ids.older], 'The backup is of PostgreSQL 17, and this restores to version 18'],
  ['of a newer version of the product', () => ['--backup', ids.newer], 'is of a newer version of the product (identity is at 20990101-01-flying)'],
  ['of another installation', () => ['--backup', ids.foreign], 'was signed by somebody else: it is not of this installation'],
  ['with a port that is none', () => ['--port', '70000'], '70000 is no port'],
  ['to two moments', () => ['--time', '2026-12-01T00:00:00Z', '--point', 'one'], 'Usage: '],
])('%s: one sentence, and nothing was touched', async (_what, args, sentence) => {
  const to = join(folder, 'restored');
  await expect(restoreCommand(['--to', to, ...args()], { config, say: () => undefined, ended: new Promise(() => undefined) })).rejects.toThrow(sentence);
  await expect(stat(to)).rejects.toThrow('ENOENT');
});
