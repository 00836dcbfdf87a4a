// Everything a tenant has: written, assembled, handed out and deleted; and what becomes of it when storage, a part or whoever writes fails.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Client, Pool } from 'pg';
import { demoTenancy } from '../../subgraphs/tenancy/demo.js';
import { tenancyDoor, type TenancyDoor } from '../../subgraphs/tenancy/public.js';
import { tenancy, type TenancyServices } from '../../subgraphs/tenancy/subgraph.js';
import { TenantTier } from '../../subgraphs/tenancy/tenant/tenant.type.js';
import type { Actor } from '../../subgraphs/kernel/base/actor.js';
import { noCrash } from '../../subgraphs/kernel/base/crash-points.js';
import { decodeId, newId } from '../../subgraphs/kernel/base/ids.js';
import { silentLogger } from '../../subgraphs/kernel/base/logger.js';
import type { RouteResponse } from '../../subgraphs/kernel/base/subgraph-port.js';
import { Envelope } from '../../subgraphs/kernel/crypto/envelope.js';
import { environmentMasterKey } from '../../subgraphs/kernel/crypto/master-key.js';
import { countTenantRows } from '../../subgraphs/kernel/data/tenant-rows.js';
import { tenantScope } from '../../subgraphs/kernel/data/scope.js';
import { INDEX_FILE, exportPartAnswer, tenantExportFiles, type ExportPartAnswer } from '../../subgraphs/kernel/messaging/tenant-export.js';
import { FolderStorage } from '../../subgraphs/kernel/storage/folder.storage.js';
import { StorageError, type StoragePort } from '../../subgraphs/kernel/storage/storage.js';
import { unzip } from '../../test/kit/unzip.js';
import { TEST_MASTER_KEY, bootSubgraph, person, type TestSubgraph } from '../../test/kit/subgraph.js';
import { partExporter } from './part.js';

const tenant = (name: string) => ({ id: newId(), name, tier: TenantTier.PROFESSIONAL, locale: 'it-IT', timeZone: 'Europe/Rome', currency: 'EUR' });
const [aurora, rival] = [tenant('Aurora'), tenant('Rival')];
const owner = person(aurora.id, ['org:export']);
const OTHERS = ['identity', 'conversations', 'commerce', 'compliance'];
const masterKey = environmentMasterKey(TEST_MASTER_KEY);
const note = { sealed: newId(), token: 'nobody-may-have-this', text: 'what was sealed', moved: newId() };

let now = new Date();
let dataDir: string;
let storage: FolderStorage;
let subject: TestSubgraph<TenancyServices>;
let door: TenancyDoor;
let system: Pool;
let admin: Client;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'switchboard-tenant-export-'));
  storage = new FolderStorage(join(dataDir, 'files'));
  subject = await bootSubgraph(tenancy, { clock: { now: () => now }, config: { dataDir } });
  await demoTenancy(subject.running.services, { tenants: [aurora, rival] });
  door = tenancyDoor(subject.running.services);
  system = new Pool({ connectionString: subject.database.urls.system, max: 2 });
  admin = new Client({ connectionString: subject.database.adminUrl });
  await admin.connect();
  // A table as a subgraph may have one tomorrow: with something sealed that is the tenant's own, something that must not go out, bytes and a large number.
  await admin.query('create table tenancy.note (tenant_id uuid not null, id uuid not null, sealed bytea, token text, bytes bytea, large bigint, primary key (tenant_id, id))');
  await admin.query('grant select on tenancy.note to switchboard_system');
  const envelope = new Envelope('tenancy', masterKey);
  const sealed = await subject.running.database.inScope(tenantScope(aurora.id), (tx) => envelope.seal(tx, { tenantId: aurora.id, table: 'note', column: 'sealed', row: note.sealed }, note.text));
  // The second was moved here from another row, so that it does not open.
  for (const id of [note.sealed, note.moved]) await admin.query(`insert into tenancy.note values ($1, $2, $3, $4, '\\x0001', 9007199254740993)`, [aurora.id, id, sealed, note.token]);
  await admin.query('insert into tenancy.note values ($1, $2, null, null, null, null)', [rival.id, newId()]);
});
beforeEach(async () => {
  now = new Date();
  await admin.query('truncate tenancy.tenant_export, tenancy.outbox');
  await door.forget(aurora.id);
});
afterAll(async () => {
  await admin?.end();
  await system?.end();
  await subject?.close();
  await rm(dataDir, { recursive: true });
});

const exporter = (into: StoragePort = storage) => partExporter({
  schema: 'tenancy', schemaVersion: 'newest', system, systemUrl: subject.database.urls.system, job: tenancy.definition.tenantExport!.job, event: tenancy.definition.tenantExport!.event,
  rules: { withheld: { 'note.token': 'a secret' }, shown: {} }, sealed: [{ table: 'note', column: 'sealed', row: 'id', tenant: { column: 'tenant_id' } }],
  storage: into, masterKey, bus: subject.bus, logger: silentLogger, crash: noCrash,
});
const request = async (idempotencyKey: string, actor: Actor = owner) => {
  const { data, errors } = await subject.ask(
    'mutation ($key: String!) { tenantExportRequest(input: { idempotencyKey: $key }) { tenantExport { id } userErrors { __typename field } } }', { key: idempotencyKey }, actor);
  return { top: errors?.[0]?.extensions?.['code'], ...data?.['tenantExportRequest'] as { tenantExport: { id: string } | null; userErrors: unknown[] } | null };
};
const begin = async (): Promise<string> => {
  const { tenantExport } = await request(newId());
  return decodeId('texp', tenantExport?.id ?? '') ?? '';
};
const look = async (actor: Actor = owner) => ((await subject.ask(
  '{ tenantExports { nodes { id state progress rows bytes sha256 url expiresAt failure } } }', {}, actor)).data?.['tenantExports'] as { nodes: Record<string, unknown>[] } | null)?.nodes ?? [];
const orders = async () => (await admin.query<{ payload: { attempt: number; subgraphs: string[]; exportId: string; tenantId: string } }>(
  `select payload from tenancy.outbox where type = 'TenantExportOrdered' order by id`)).rows.map(({ payload }) => payload);
const answers = async (): Promise<ExportPartAnswer[]> => (await admin.query<{ payload: unknown }>(
  `select payload from tenancy.outbox where type = 'TenancyExported' order by id`)).rows.map(({ payload }) => exportPartAnswer.parse(payload));
/** Runs the part of tenancy by the newest order, and has its answer noted. */
async function writePart(into?: StoragePort): Promise<boolean> {
  await exporter(into).run((await orders()).at(-1));
  return door.noteExportPart({ subgraph: 'tenancy', ...(await answers()).at(-1)! });
}
/** The other subgraphs have nothing. */
async function othersAnswer(exportId: string): Promise<void> {
  for (const subgraph of OTHERS) {
    const { sha256 } = await storage.put(`${tenantExportFiles({ tenantId: aurora.id, exportId }, subgraph, 1)}${INDEX_FILE}`,
      (async function* () { yield JSON.stringify({ subgraph, schemaVersion: '', takenAt: now.toISOString(), tables: [], withheld: {} }); })());
    const part = { files: 0, rows: 0, bytes: 0, indexSha256: sha256 };
    expect(await door.noteExportPart({ tenantId: aurora.id, exportId, subgraph, attempt: 1, part, failure: null })).toBe(true);
  }
}
const files = async (): Promise<string[]> => (await readdir(join(dataDir, 'files/tenant-exports', aurora.id)).catch(() => [] as string[])).sort();
const follow = (url: unknown): Promise<RouteResponse> => subject.running.routes.port.handle('tenantExportDownload', {
  params: { token: String(url).split('/').at(-1) ?? '' }, query: '', headers: {}, ip: '192.0.2.1', correlationId: newId(), body: Buffer.alloc(0),
} as never);
const bytesOf = ({ body }: RouteResponse): Promise<Buffer> => buffer((body as { stream: Readable }).stream);
const audits = async () => (await admin.query<{ action: string; outcome: string }>(
  `select event->>'action' as action, event->>'outcome' as outcome from tenancy.audit_staging where event->'resource'->>'type' = 'TenantExport' and event->>'action' like 'tenant.%' order by id`)).rows;

it('hands an owner everything, and nothing of anybody else', async () => {
  await admin.query('truncate tenancy.audit_staging');
  const first = await request('mine');
  const id = decodeId('texp', first.tenantExport?.id ?? '') ?? '';
  expect(await request('mine')).toEqual(first);
  expect(await request('another')).toMatchObject({ tenantExport: null, userErrors: [{ __typename: 'TenantExportRunning', field: null }] });
  expect(await orders()).toMatchObject([{ attempt: 1, subgraphs: ['identity', 'tenancy', 'conversations', 'commerce', 'compliance'] }]);
  await othersAnswer(id);
  expect(await look()).toMatchObject([{ state: 'COLLECTING', progress: 0.64, url: null }]);
  const counted = await countTenantRows(system, 'tenancy', aurora.id);
  expect([await writePart(), await door.noteExportPart({ subgraph: 'tenancy', ...(await answers())[0]! })]).toEqual([true, false]);
  expect(await look()).toMatchObject([{ state: 'ASSEMBLING', progress: 0.8 }]);
  expect([await door.runExport({ tenantId: aurora.id, exportId: id }), await door.runExport({ tenantId: aurora.id, exportId: id })]).toEqual([true, false]);
  const [ready] = await look();
  expect([ready, await files()]).toMatchObject([{ state: 'READY', progress: 1, failure: null }, [`${id}.archive.1.zip`]]);

  const archive = await bytesOf(await follow(ready?.['url']));
  expect([createHash('sha256').update(archive).digest('hex'), String(archive.length)]).toEqual([ready?.['sha256'], ready?.['bytes']]);
  const content = await unzip(archive);
  const manifest = JSON.parse(content.get('tenant-export/manifest.json') ?? '') as { subgraphs: { subgraph: string; withheld: Record<string, string>; tables: { table: string; rows: number; file?: string; sha256?: string; unreadable?: number }[] }[] };
  const mine = manifest.subgraphs.find(({ subgraph }) => subgraph === 'tenancy')!;
  const { outbox: _outbox, audit_staging: _staging, data_key: _keys, ...rows } = counted;
  expect(Object.fromEntries(mine.tables.map(({ table, rows: n }) => [table, n]))).toEqual(rows);
  expect(mine.withheld).toMatchObject({ data_key: expect.any(String), 'note.token': 'a secret' });
  for (const { rows: n, file, sha256 } of mine.tables.filter((one) => one.rows > 0)) {
    const text = content.get(`tenant-export/${file ?? ''}`) ?? '';
    expect([createHash('sha256').update(text).digest('hex'), text.trimEnd().split('\n').length]).toEqual([sha256, n]);
    for (const line of text.trimEnd().split('\n')) expect(JSON.parse(line)).toMatchObject({ tenant_id: aurora.id });
  }
  const notes = (content.get('tenant-export/tenancy/note.jsonl') ?? '').trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  const same = { tenant_id: aurora.id, bytes: 'AAE=', large: '9007199254740993' };
  expect(notes).toEqual(expect.arrayContaining([{ ...same, id: note.sealed, sealed: note.text }, { ...same, id: note.moved, sealed: null }]));
  expect(mine.tables.find(({ table }) => table === 'note')?.unreadable).toBe(1);
  expect([...content.values()].join('\n')).not.toContain(note.token);

  expect(await audits()).toEqual(['tenant.export', 'tenant.export', 'tenant.export', 'tenant.export_ready', 'tenant.export_download'].map((action, index) => ({ action, outcome: index === 2 ? 'FAILURE' : 'SUCCESS' })));
  const link = String(ready?.['url']);
  for (const wrong of [`${link}x`, link.slice(0, -2), link.replace(/^(.*\/)(.)/, (_all, path: string, letter: string) => `${path}${letter === 'A' ? 'B' : 'A'}`), 'x']) expect((await follow(wrong)).status).toBe(404);
  now = new Date(now.getTime() + 16 * 60_000);
  expect((await follow(link)).status).toBe(410);
});

it('is for people with the right alone, of this tenant, in every state until its erasure begins', async () => {
  const refused = async (actor: Actor, why: object) => {
    expect(await request(newId(), actor)).toMatchObject(why);
    expect((await admin.query('select from tenancy.tenant_export')).rowCount).toBe(0);
  };
  await refused(person(aurora.id, ['org:delete']), { top: 'FORBIDDEN' });
  await refused({ ...owner, kind: 'api_key', sub: null, session: null, apiKey: newId() }, { top: 'FORBIDDEN' });
  expect(await request('with space')).toMatchObject({ userErrors: [{ __typename: 'InputInvalid', field: ['input', 'idempotencyKey'] }] });
  await admin.query(`update tenancy.tenant set state = 'ERASING', deletion_due_at = now(), resumes = 'ACTIVE' where tenant_id = $1`, [aurora.id]);
  await refused(owner, { userErrors: [{ __typename: 'TenantStateWrong' }] });
  await admin.query(`update tenancy.tenant set state = 'ACTIVE', deletion_due_at = null, resumes = null where tenant_id = $1`, [aurora.id]);
  const { tenantExport } = await request(newId(), { ...owner, closed: 'DELETING' });
  const one = async (actor: Actor) => (await subject.ask(`{ tenantExport(id: "${tenantExport?.id ?? ''}") { state } }`, {}, actor)).data?.['tenantExport'];
  expect([await one({ ...owner, closed: 'SUSPENDED' }), await one(person(rival.id, ['org:export'])), await look(person(rival.id, ['org:export']))]).toEqual([{ state: 'COLLECTING' }, null, []]);
  // The database itself knows no second one.
  await expect(admin.query(`insert into tenancy.tenant_export (tenant_id, id, state, requested_by, idempotency_key, requested_at, due_at) values ($1, $2, 'COLLECTING', '', '', now(), now())`, [aurora.id, newId()]))
    .rejects.toMatchObject({ constraint: 'tenant_export_open' });
});

describe('a part', () => {
  it('is ordered again while it is missing, and written once by two at once', async () => {
    const exportId = await begin();
    await othersAnswer(exportId);
    now = new Date(now.getTime() + 61_000);
    expect(await door.runExport({ tenantId: aurora.id, exportId })).toBe(true);
    expect((await orders()).map(({ attempt, subgraphs }) => [attempt, subgraphs.length])).toEqual([[1, 5], [1, 1]]);
    const held = new Client({ connectionString: subject.database.urls.system });
    await held.connect();
    await held.query('begin');
    await held.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`switchboard tenant export tenancy ${aurora.id}`]);
    await exporter().run((await orders()).at(-1));
    expect(await answers()).toEqual([]);
    await held.end();
    expect(await writePart()).toBe(true);
  });

  it('that is written stays as it is when its order comes again, and nothing of it outlives the export', async () => {
    const exportId = await begin();
    await othersAnswer(exportId);
    await writePart();
    const [order] = await orders();
    await exporter().run(order);
    const [first, second] = await answers();
    expect(second).toEqual(first);
    expect([await door.runExport({ tenantId: aurora.id, exportId }), (await look())[0]?.['state']]).toEqual([true, 'READY']);
    await exporter().run(order);
    expect(await files()).not.toEqual([`${exportId}.archive.1.zip`]);
    expect([await door.noteExportPart({ subgraph: 'tenancy', ...(await answers()).at(-1)! }), await files()]).toEqual([false, [`${exportId}.archive.1.zip`]]);

    // One archive is kept: that of the newest.
    now = new Date(now.getTime() + 1_000);
    const next = await begin();
    await othersAnswer(next);
    await writePart();
    await door.runExport({ tenantId: aurora.id, exportId: next });
    expect(await look()).toMatchObject([{ state: 'READY', url: expect.any(String) }, { state: 'READY', url: null }]);
    expect([await door.runExport({ tenantId: aurora.id, exportId }), await files(), (await look()).map(({ state }) => state)]).toEqual([true, [`${next}.archive.1.zip`], ['READY', 'EXPIRED']]);
  });

  it('that cannot be stored fails the export after three attempts, with its reason, and leaves no file', async () => {
    const exportId = await begin();
    await othersAnswer(exportId);
    const full: StoragePort = { put: async () => { throw new StorageError('The disk is full.'); }, get: (key) => storage.get(key), remove: (key) => storage.remove(key), removeAll: (prefix) => storage.removeAll(prefix) };
    for (const attempt of [1, 2, 3]) {
      expect([await writePart(full), (await answers()).at(-1)]).toMatchObject([true, { attempt, part: null, failure: 'STORAGE' }]);
      // Told twice is failed once.
      expect(await door.noteExportPart({ subgraph: 'tenancy', ...(await answers()).at(-1)! })).toBe(false);
      now = new Date(now.getTime() + 300_000);
      expect(await door.runExport({ tenantId: aurora.id, exportId })).toBe(true);
    }
    expect([await look(), await files()]).toMatchObject([[{ state: 'FAILED', failure: 'STORAGE', url: null }], []]);
    expect((await audits()).at(-1)).toEqual({ action: 'tenant.export_ready', outcome: 'FAILURE' });
    // And the way is free for another.
    expect(await begin()).not.toBe('');
  });

  it('that was changed in storage is found, and written again', async () => {
    const exportId = await begin();
    await othersAnswer(exportId);
    await writePart();
    await writeFile(join(dataDir, 'files/tenant-exports', aurora.id, `${exportId}.tenancy.1.tenant.jsonl`), '{}\n');
    await expect(door.runExport({ tenantId: aurora.id, exportId })).rejects.toThrow('The part of tenancy is broken');
    expect(await look()).toMatchObject([{ state: 'COLLECTING' }]);
    now = new Date(now.getTime() + 6_000);
    await door.runExport({ tenantId: aurora.id, exportId });
    expect((await orders()).at(-1)).toMatchObject({ attempt: 2, subgraphs: ['tenancy'] });
    await writePart();
    expect([await door.runExport({ tenantId: aurora.id, exportId }), (await look())[0]?.['state']]).toEqual([true, 'READY']);
  });

  it('of an export that is gone is deleted when it is told of, and one without an answer for a day ends it', async () => {
    const exportId = await begin();
    await exporter().run((await orders()).at(-1));
    expect(await files()).not.toEqual([]);
    now = new Date(now.getTime() + 86_401_000);
    await door.runExport({ tenantId: aurora.id, exportId });
    expect(await look()).toMatchObject([{ state: 'FAILED', failure: 'TIMED_OUT' }]);
    await admin.query('delete from tenancy.tenant_export');
    expect([await door.noteExportPart({ subgraph: 'tenancy', ...(await answers())[0]! }), await files()]).toEqual([false, []]);
  });
});

it('goes on where somebody died, and deletes everything when the days of the archive are over, or its tenant is erased', async () => {
  const exportId = await begin();
  await othersAnswer(exportId);
  await writePart();
  // Whoever took it first wrote an archive and was killed.
  await writeFile(join(dataDir, 'files/tenant-exports', aurora.id, `${exportId}.archive.1.zip`), 'half');
  await admin.query('update tenancy.tenant_export set attempts = 1');
  expect([await door.runExport({ tenantId: aurora.id, exportId }), (await look())[0]?.['state']]).toEqual([true, 'READY']);
  expect(await files()).toEqual([`${exportId}.archive.1.zip`, `${exportId}.archive.2.zip`]);
  const url = (await look())[0]?.['url'];
  // Its keys go first: from then on no link leads anywhere.
  await admin.query('create table public.kept_keys as select * from tenancy.data_key');
  await admin.query('delete from tenancy.data_key');
  expect([(await look())[0]?.['url'], (await follow(url)).status]).toEqual([null, 404]);
  await admin.query('insert into tenancy.data_key select * from public.kept_keys');
  expect((await follow(url)).status).toBe(200);
  now = new Date(now.getTime() + 7 * 86_400_000);
  expect([await door.runExport({ tenantId: aurora.id, exportId }), await look(), await files(), (await follow(url)).status]).toMatchObject([true, [{ state: 'EXPIRED', url: null }], [], 404]);
  expect((await audits()).at(-1)).toEqual({ action: 'tenant.export_expire', outcome: 'SUCCESS' });
  await writeFile(join(dataDir, 'files/tenant-exports', aurora.id, `.${exportId}.archive.3.zip.00.part`), 'half');
  await writeFile(join(dataDir, 'files/tenant-exports', aurora.id, `${exportId}.archive.3.zip`), 'whole');
  await door.forget(aurora.id);
  expect(await files()).toEqual([]);
});
