// Backups of a server of its own: taken while it is written to, verified to the top of the ladder, restored to moments, and found broken wherever a byte was changed.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { localRecovery } from '../../ops/backup/recovery.server.js';
import { startPostgres, type EmbeddedServer } from '../../ops/postgres/server.js';
import { prepareRoles, type RoleUrls } from '../../subgraphs/kernel/data/roles.js';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { environmentMasterKey } from '../../subgraphs/kernel/crypto/master-key.js';
import { FolderStorage } from '../../subgraphs/kernel/storage/folder.storage.js';
import { TEST_MASTER_KEY } from '../../test/kit/subgraph.js';
import { until } from '../../test/kit/until.js';
import { createBackup, type Created } from './backup.create.js';
import { SERVER, assertOwnServer } from './own.server.js';
import type { RecoveryPort } from './recovery.port.js';
import { Repository } from './repository.js';
import { restoreFiles } from './restore.files.js';
import { planRestore, type RestoreTarget } from './restore.plan.js';
import { createPoint } from './restore.point.js';
import { verifyBackup } from './verify.js';
import { WalArchiver } from './wal.archiver.js';

const master = environmentMasterKey(TEST_MASTER_KEY);
let folder: string;
let server: EmbeddedServer;
let urls: RoleUrls;
let admin: Client;
let repository: Repository;
let archiver: WalArchiver;
let recovery: RecoveryPort;
let created: Created;
const gaps: string[] = [];
const lines: string[] = [];
const log = (line: string, error?: unknown): void => { lines.push(`${line} ${String(error)}`); };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-backup-'));
  await chmod(folder, 0o711);
  server = await startPostgres({ dataDir: join(folder, 'data'), log: () => undefined, fast: 'with-log' });
  urls = await prepareRoles(server.superuserUrl, []);
  admin = new Client({ connectionString: server.superuserUrl });
  await admin.connect();
  // What is committed is in the log, as on a server that is not made for tests.
  await admin.query('set synchronous_commit = on');
  await admin.query('create table public.ledger (id int primary key, text text not null, at timestamptz not null default clock_timestamp())');
  await admin.query(`insert into public.ledger select n, repeat(md5(n::text), 10) from generate_series(1, 5000) n`);
  await admin.query('create schema conversations; create table conversations.stored_file (tenant_id uuid, key text, bytes bigint)');
  await keepFile('media/one', Buffer.from('what a customer sent'));
  repository = await Repository.open(new FolderStorage(join(folder, 'store')), master, true);
  recovery = await localRecovery(folder, () => undefined);
  archiver = new WalArchiver({ repository, url: urls.backup, flushMs: 100, log, onGap: (text) => gaps.push(text) });
  archiver.start();
});
afterAll(async () => {
  await archiver?.stop();
  await admin?.end();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function keepFile(key: string, content: Buffer): Promise<void> {
  await new FolderStorage(join(folder, 'files')).put(key, (async function* only() { yield content; })());
  await admin.query('insert into conversations.stored_file values ($1, $2, $3)', [newId(), key, content.length]);
}

const moment = async (): Promise<Date> => (await admin.query<{ now: Date }>(`select date_trunc('milliseconds', clock_timestamp()) + interval '1 ms' as now`)).rows[0]!.now;
const insert = (from: number, to: number) => admin.query('insert into public.ledger select n, md5(n::text) from generate_series($1::int, $2::int) n', [from, to]);
/** The log is kept up to now. */
async function archived(): Promise<void> {
  const { rows: [now] } = await admin.query<{ at: Date }>('select clock_timestamp() as at');
  for (let left = 300; (archiver.upTo?.at ?? new Date(0)) < now!.at; left -= 1) {
    if (left === 0) throw new Error(`The log did not come: ${lines.join('\n')}`);
    await sleep(50);
  }
}

async function restored(target: RestoreTarget): Promise<number[]> {
  const plan = await planRestore(repository, { target, backup: null, now: new Date(), knows: null });
  const place = await recovery.scratch();
  try {
    const cluster = join(place.folder, 'cluster');
    await restoreFiles(repository, plan, cluster, () => undefined);
    const stop = target.kind === 'time' ? target : target.kind === 'point' ? { kind: 'name' as const, name: target.name } : { kind: 'latest' as const };
    const running = await recovery.recover({ cluster, stop, timeline: plan.timeline, scratch: true });
    const client = new Client({ connectionString: running.url('postgres') });
    await client.connect();
    const { rows } = await client.query<{ id: number }>('select id from public.ledger where id > 5000 order by id');
    await client.end();
    await running.stop();
    return rows.map(({ id }) => id);
  } finally {
    await place.remove();
  }
}

const ids = (to: number): number[] => Array.from({ length: to - 5000 }, (_, at) => 5001 + at);

it('is taken while rows are written, and reaches L3', async () => {
  let writing = true;
  let next = 5_001;
  const writer = (async () => { while (writing) await insert(next, next++); })();
  created = await createBackup({ repository, replicationUrl: urls.backup, adminUrl: server.superuserUrl, label: 'manual', schemas: {}, files: { place: new FolderStorage(join(folder, 'files')), url: server.superuserUrl }, log, onGap: (text) => gaps.push(text) });
  writing = false;
  await writer;
  await admin.query('delete from public.ledger where id > 5000');
  const report = await verifyBackup({ repository, id: created.manifest.id, wanted: 'L3', recovery });
  expect(report).toMatchObject({ reached: 'L3', findings: [], copies: [], gap: null });
  expect(created.manifest.customerFiles).toMatchObject({ files: 1, bytes: 20, sent: 20, missing: 0 });
  expect(report.latest!.getTime()).toBeGreaterThanOrEqual(Date.parse(created.manifest.endedAt));
});

it('is restored to a moment, to a point with a name, and to the last', async () => {
  await insert(5_001, 5_010);
  const first = await moment();
  await sleep(20);
  await insert(5_011, 5_020);
  await createPoint(repository, server.superuserUrl, 'before-upgrade');
  await insert(5_021, 5_030);
  // Moments are told in milliseconds: the last one is to be later than the last commit.
  await sleep(5);
  await admin.query('select pg_log_standby_snapshot()');
  await archived();
  expect(await restored({ kind: 'time', time: first })).toEqual(ids(5_010));
  expect(await restored({ kind: 'point', name: 'before-upgrade' })).toEqual(ids(5_020));
  expect(await restored({ kind: 'latest' })).toEqual(ids(5_030));
  // After the last commit, and before the end of what is kept: nothing comes later that could end the search.
  const { latest } = await planRestore(repository, { target: { kind: 'latest' }, backup: null, now: new Date(), knows: null });
  expect(await restored({ kind: 'time', time: latest })).toEqual(ids(5_030));
});

describe('is refused', () => {
  const plan = (target: RestoreTarget, more: object = {}) => planRestore(repository, { target, backup: null, now: new Date(), knows: null, ...more });

  it.each<[string, RestoreTarget, object, RegExp]>([
    ['in the future', { kind: 'time', time: new Date(Date.now() + 3_600_000) }, {}, /in the future/],
    ['before the first backup', { kind: 'time', time: new Date(0) }, {}, /before the first backup/],
    ['at a point that is not there', { kind: 'point', name: 'nowhere' }, {}, /no point nowhere/],
    ['of a backup that is not there', { kind: 'latest' }, { backup: 'nothing' }, /no backup nothing/],
  ])('%s', async (_name, target, more, sentence) => {
    await expect(plan(target, more)).rejects.toThrow(sentence);
  });

  it('with another master key', async () => {
    const other = environmentMasterKey(Buffer.alloc(32, 8).toString('base64'));
    await expect(Repository.open(new FolderStorage(join(folder, 'store')), other, false)).rejects.toThrow(/does not open/);
  });
});

it('is not taken where those of another server are, and none of its log is kept there', async () => {
  const others = await Repository.open(new FolderStorage(join(folder, 'others')), master, true);
  await assertOwnServer(others, { systemIdentifier: '7500000000000000001' });
  await expect(createBackup({ repository: others, replicationUrl: urls.backup, adminUrl: server.superuserUrl, label: 'manual', schemas: {}, files: null, log, onGap: () => undefined })).rejects.toThrow('of another server');
  const stranger = new WalArchiver({ repository: others, url: urls.backup, flushMs: 50, log, onGap: () => undefined });
  await archiver.stop();
  stranger.start();
  await until(async () => stranger.failure !== null, 'it says why');
  expect(stranger.failure).toContain('of another server');
  await stranger.stop();
  archiver = new WalArchiver({ repository, url: urls.backup, flushMs: 100, log, onGap: (text) => gaps.push(text) });
  archiver.start();
  expect((await readdir(join(folder, 'others'))).sort()).toEqual(['keys', 'repository.json', 'server.json']);
  // Where nobody has said whose they are, they are the server's of the newest backup.
  await repository.storage.remove(SERVER);
  await expect(assertOwnServer(repository, { systemIdentifier: '7500000000000000001' })).rejects.toThrow('of another server');
  await assertOwnServer(repository, created.manifest.server);
});

it('finds one changed byte in any object, and names it', async () => {
  const { manifest } = created;
  const { pieces } = await planRestore(repository, { target: { kind: 'latest' }, backup: null, now: new Date(), knows: null });
  const [file] = await readdir(join(folder, 'store', 'files'), { recursive: true, withFileTypes: true }).then((entries) => entries.filter((entry) => entry.isFile()));
  const damaged = [`files/${basename(file!.parentPath)}/${file!.name}`, manifest.customerFiles!.index[0]!.path, manifest.index.path, manifest.packs[0]!.path, manifest.packs.at(-1)!.path, `backups/${manifest.id}/manifest.json`, pieces[0]!.key, pieces.at(-1)!.key, `keys/${manifest.key}.json`, SERVER];
  for (const key of damaged) {
    const path = join(folder, 'store', key);
    const before = await readFile(path);
    const changed = Buffer.from(before);
    const at = Math.floor(changed.length / 2);
    changed[at] = changed[at]! ^ 1;
    await writeFile(path, changed);
    const fresh = await Repository.open(new FolderStorage(join(folder, 'store')), master, false);
    const report = await verifyBackup({ repository: fresh, id: manifest.id, wanted: 'L2', recovery }).catch((error: Error) => ({ reached: null, findings: [error.message] }));
    expect([key, report.reached === 'L2', report.findings.join(' ')]).toEqual([key, false, expect.stringContaining(key)]);
    await writeFile(path, before);
  }
  expect((await readdir(join(folder, 'store', 'backups', manifest.id))).length).toBeGreaterThan(3);
});

it('goes on keeping the log after a pause, without a gap', async () => {
  await archiver.stop();
  await insert(5_031, 5_040);
  await admin.query('select pg_switch_wal()');
  await insert(5_041, 5_050);
  archiver = new WalArchiver({ repository, url: urls.backup, flushMs: 100, log, onGap: (text) => gaps.push(text) });
  archiver.start();
  await archived();
  expect(await restored({ kind: 'latest' })).toEqual(ids(5_050));
  expect(gaps).toEqual([]);
});

it('tells of a gap that somebody found who died before saying so, until a backup was taken since', async () => {
  const begin = (told: string[]): WalArchiver => {
    const begun = new WalArchiver({ repository, url: urls.backup, flushMs: 100, log, onGap: (text) => told.push(text) });
    begun.start();
    return begun;
  };
  await archiver.stop();
  await insert(5_051, 5_060);
  await admin.query('select pg_switch_wal()');
  await admin.query(`select pg_drop_replication_slot('switchboard_backup')`);
  await admin.query('checkpoint');
  await insert(5_061, 5_070);
  await admin.query('select pg_switch_wal()');
  await insert(5_071, 5_080);
  const [first, second]: [string[], string[]] = [[], []];
  archiver = begin(first);
  await archived();
  await archiver.stop();
  archiver = begin(second);
  await archived();
  expect([first, second, archiver.gap]).toEqual([[expect.stringContaining('take a backup now')], [expect.stringContaining('take a backup now')], expect.any(String)]);
  await createBackup({ repository, replicationUrl: urls.backup, adminUrl: server.superuserUrl, label: 'manual', schemas: {}, files: null, log, onGap: () => undefined });
  await archiver.lookForGap();
  expect(archiver.gap).toBeNull();
});
