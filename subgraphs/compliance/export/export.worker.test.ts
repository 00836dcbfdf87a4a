// Those who write exports die, come late or wake up late: an export is whole or not there, and no file outlives its row.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { noCrash } from '../../kernel/base/crash-points.js';
import { decodeId, encodeId, newId } from '../../kernel/base/ids.js';
import { SEEN_MS } from '../../kernel/crypto/data-keys.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { FolderStorage } from '../../kernel/storage/folder.storage.js';
import { person } from '../../../test/kit/subgraph.js';
import type { LogWorld } from '../log/log.fixture.js';
import { secretAddress } from './export.download.js';
import { EXPORT_STATES } from './export.entity.js';
import { bodyOf, exportOf, follow, openExports, readyExport, requestExport, runExports, type ExportWorld, type Exported } from './export.fixture.js';
import { LINK_SECONDS, linkToken } from './export.link.js';
import { ExportRun, KEPT_MS } from './export.run.js';

const tenant = newId();
const ann = person(tenant, ['audit:export']);

let exports: ExportWorld;
let world: LogWorld;
let dataDir: string;
let now = new Date();
const files = (): Promise<string[]> => readdir(join(dataDir, 'files/audit-exports', tenant));
const rowOf = async (id: string): Promise<Record<string, unknown>> =>
  (await world.rows<Record<string, unknown>>(`select * from compliance.audit_export where tenant_id = $1 order by id desc`, [tenant]))
    .find((row) => encodeId('aexp', String(row['id'])) === id)!;

const ready = (input: Record<string, unknown> = {}): Promise<Exported> => readyExport(world, ann, input);

beforeAll(async () => {
  exports = await openExports(() => now);
  ({ world, dataDir } = exports);
  await world.seal(tenant, 3);
  await world.door.signCheckpoints(world.system);
  await ready();
});
afterAll(() => exports.close());

describe('a worker', () => {
  it('that dies leaves nothing to be shown; another one begins again', async () => {
    await world.collect();
    await world.door.signCheckpoints(world.system);
    const { auditExport } = await requestExport(world, ann, { idempotencyKey: 'killed' });
    const { id } = auditExport!;
    // As a kill leaves it: taken, half a file, and nobody at work.
    const uuid = String((await rowOf(id))['id']);
    await world.rows(`update compliance.audit_export set state = 'RUNNING', attempts = 1, due_at = now() + interval '20 seconds' where id = $1`, [uuid]);
    await writeFile(join(dataDir, 'files/audit-exports', tenant, `.${uuid}.1.jsonl.0011.part`), 'half');
    await writeFile(join(dataDir, 'files/audit-exports', tenant, `${newId()}.1.jsonl`), 'of another export');
    await runExports(world);
    expect(await exportOf(world, ann, id)).toMatchObject({ state: 'RUNNING', url: null });
    now = new Date(Date.now() + 31_000);
    await world.rows(`update compliance.audit_export set due_at = now() where id = $1`, [uuid]);
    await runExports(world);
    now = new Date();
    expect(await exportOf(world, ann, id)).toMatchObject({ state: 'READY' });
    expect((await files()).filter((name) => name.includes(uuid))).toEqual([`${uuid}.2.jsonl`]);
  });

  it('that was too slow gives way to the one that has taken over, and takes its own file away', async () => {
    const { id } = (await requestExport(world, ann, { idempotencyKey: 'late' })).auditExport!;
    const uuid = String((await rowOf(id))['id']);
    await world.door.signCheckpoints(world.system);
    const { deps, exportRun } = world.subgraph.running.services;
    const folder = new FolderStorage(join(dataDir, 'files'));
    const put: FolderStorage['put'] = async (key, content) => {
      const file = await folder.put(key, content);
      now = new Date(Date.now() + 31_000);
      expect(await exportRun.run(tenant, uuid)).toBe(true);
      return file;
    };
    const slow = new ExportRun(deps, { put, get: (key) => folder.get(key), remove: (key) => folder.remove(key), removeAll: async () => undefined }, noCrash);
    expect(await slow.run(tenant, uuid)).toBe(false);
    now = new Date();
    expect([await exportOf(world, ann, id), (await files()).filter((name) => name.includes(uuid))]).toMatchObject([{ state: 'READY' }, [`${uuid}.2.jsonl`]]);
  });

  it('of a tenant that is erased meanwhile leaves neither its file nor a new key', async () => {
    const erased = newId();
    const { id } = (await requestExport(world, person(erased, ['audit:export']), { idempotencyKey: 'erased' })).auditExport!;
    const uuid = decodeId('aexp', id) ?? '';
    const { deps } = world.subgraph.running.services;
    const folder = new FolderStorage(join(dataDir, 'files'));
    const put: FolderStorage['put'] = async (key, content) => {
      const file = await folder.put(key, content);
      await world.rows('delete from compliance.audit_export where tenant_id = $1', [erased]);
      await world.rows('delete from compliance.data_key where tenant_id = $1', [erased]);
      return file;
    };
    const slow = new ExportRun(deps, { put, get: (key) => folder.get(key), remove: (key) => folder.remove(key), removeAll: (prefix) => folder.removeAll(prefix) }, noCrash);
    expect(await slow.run(erased, uuid)).toBe(false);
    expect([await world.rows('select id from compliance.data_key where tenant_id = $1', [erased]), await readdir(join(dataDir, 'files/audit-exports', erased))]).toEqual([[], []]);
    await writeFile(join(dataDir, 'files/audit-exports', erased, 'unnamed.jsonl'), 'of one who was killed');
    await world.door.forget(erased);
    expect(await readdir(join(dataDir, 'files/audit-exports', erased))).toEqual([]);
  });

  it('that is killed when the file is whole leaves it unseen', async () => {
    const { id } = (await requestExport(world, ann, { idempotencyKey: 'written' })).auditExport!;
    const uuid = String((await rowOf(id))['id']);
    await world.door.signCheckpoints(world.system);
    const dies = new ExportRun(world.subgraph.running.services.deps, new FolderStorage(join(dataDir, 'files')), (point) => { throw new Error(`killed at ${point}`); });
    await expect(dies.run(tenant, uuid)).rejects.toThrow('killed at export:written');
    expect(await exportOf(world, ann, id)).toMatchObject({ state: 'QUEUED', url: null });
    now = new Date(Date.now() + 31_000);
    expect(await world.door.export({ stream: tenant, exportId: uuid })).toBe(true);
    now = new Date();
    expect(await exportOf(world, ann, id)).toMatchObject({ state: 'READY' });
    expect((await files()).filter((name) => name.includes(uuid))).toEqual([`${uuid}.2.jsonl`]);
  });

  it('that wakes up late takes away nothing of the one after it', async () => {
    const { id } = (await requestExport(world, ann, { idempotencyKey: 'wakes' })).auditExport!;
    const uuid = String((await rowOf(id))['id']);
    await world.door.signCheckpoints(world.system);
    const { deps, exportRun } = world.subgraph.running.services;
    const folder = new FolderStorage(join(dataDir, 'files'));
    // Between its claim and its first look at the folder, another one does all of the work.
    let woken = false;
    const removeAll: FolderStorage['removeAll'] = async (prefix) => {
      if (!woken) {
        woken = true;
        now = new Date(Date.now() + 31_000);
        expect(await exportRun.run(tenant, uuid)).toBe(true);
      }
      return folder.removeAll(prefix);
    };
    await world.rows(`update compliance.audit_export set attempts = 1 where id = $1`, [uuid]);
    const late = new ExportRun(deps, { put: (key, content) => folder.put(key, content), get: (key) => folder.get(key), remove: (key) => folder.remove(key), removeAll }, noCrash);
    expect(await late.run(tenant, uuid)).toBe(false);
    now = new Date();
    expect([woken, (await files()).filter((name) => name.includes(uuid))]).toEqual([true, [`${uuid}.3.jsonl`]]);
    expect(await bodyOf(await follow(world, (await exportOf(world, ann, id))!.url!))).toContain('"end":true');
  });

  it('fails rather than to leave out an entry that nobody has dropped', async () => {
    const torn = newId();
    const tom = person(torn, ['audit:export']);
    await world.seal(torn, 3);
    await world.door.signCheckpoints(world.system);
    await world.rows(`delete from compliance.audit_event where tenant_id = $1 and position = 0`, [torn]);
    const { id } = (await requestExport(world, tom, {})).auditExport!;
    await expect(runExports(world)).rejects.toThrow(`Entry 0 of switchboard/audit/${encodeId('tnt', torn)} is missing, and retention has not dropped it.`);
    expect(await exportOf(world, tom, id)).toMatchObject({ state: 'QUEUED', url: null });
    await world.rows(`update compliance.audit_export set attempts = 5, due_at = now() - interval '1 hour' where tenant_id = $1`, [torn]);
    await runExports(world);
    expect(await exportOf(world, tom, id)).toMatchObject({ state: 'FAILED', failure: 'INTERNAL' });
  });

  it('gives up after five attempts, and says so', async () => {
    const { id } = (await requestExport(world, ann, { idempotencyKey: 'hopeless' })).auditExport!;
    const uuid = String((await rowOf(id))['id']);
    for (const name of [`${uuid}.4.jsonl`, `.${uuid}.5.jsonl.0011.part`]) await writeFile(join(dataDir, 'files/audit-exports', tenant, name), 'left');
    await world.rows(`update compliance.audit_export set attempts = 5, state = 'RUNNING', due_at = now() - interval '1 hour' where id = $1`, [uuid]);
    await runExports(world);
    expect(await exportOf(world, ann, id)).toMatchObject({ state: 'FAILED', failure: 'INTERNAL', url: null });
    expect((await files()).filter((name) => name.includes(uuid))).toEqual([]);
  });

  it('gives up when no checkpoint covers it for ten minutes, and says that; why one failed is one of the published codes', async () => {
    await world.seal(tenant, 1);
    const { id } = (await requestExport(world, ann, { idempotencyKey: 'unsigned' })).auditExport!;
    now = new Date(Date.now() + 601_000);
    await runExports(world);
    now = new Date();
    expect(await exportOf(world, ann, id)).toMatchObject({ state: 'FAILED', failure: 'NO_CHECKPOINT', url: null });
    const told = await world.rows<{ event: object }>(`select event from compliance.audit_staging where event->>'action' = 'audit.export_ready' order by id desc limit 1`);
    expect(told).toMatchObject([{ event: { outcome: 'FAILURE', reason: 'NO_CHECKPOINT', resource: { type: 'AuditExport', id } } }]);
    await expect(world.rows(`update compliance.audit_export set failure = 'It was Monday.' where state = 'FAILED'`)).rejects.toMatchObject({ code: '23514' });
  });

  it('deletes the file when its seven days are over', async () => {
    const { id, url } = await ready();
    const uuid = String((await rowOf(id))['id']);
    await writeFile(join(dataDir, 'files/audit-exports', tenant, `${uuid}.7.jsonl`), 'of one who was too late');
    // A link that is still good, while the job that deletes is on its way: before it has the file, and after.
    const token = (): string => linkToken({ stream: tenant, exportId: uuid, kind: 'user', by: ann.sub!, expires: Math.floor(now.getTime() / 1_000) + LINK_SECONDS }, secret);
    const row = await rowOf(id);
    const { deps } = world.subgraph.running.services;
    const secret = await deps.database.inScope(tenantScope(tenant), (tx) => deps.envelope.open(tx, secretAddress(tenant, uuid), row['url_secret'] as Buffer));
    expect(await bodyOf(await follow(world, token()))).toContain('"end":true');
    now = new Date(Date.now() + KEPT_MS + 60_000);
    const deleted = { status: 410, body: 'The file of this export has been deleted: ask for a new export.' };
    expect([await follow(world, token()), await exportOf(world, ann, id)]).toMatchObject([deleted, { state: 'READY', url: null }]);
    now = new Date();
    await rm(join(dataDir, 'files', String(row['file_key'])));
    expect(await follow(world, url!)).toMatchObject(deleted);
    now = new Date(Date.now() + KEPT_MS + 60_000);
    await world.rows(`update compliance.audit_export set due_at = now() where id = $1`, [uuid]);
    await runExports(world);
    now = new Date();
    expect(await exportOf(world, ann, id)).toMatchObject({ state: 'EXPIRED', url: null, sha256: expect.any(String) });
    expect((await follow(world, url!)).status).toBe(404);
    expect((await files()).filter((name) => name.includes(uuid))).toEqual([]);
  });

  it('has no link any more once the key of its secret is gone, because its tenant is being erased', async () => {
    const { id, url } = await ready();
    await world.rows('delete from compliance.data_key where tenant_id = $1', [tenant]);
    await wait(SEEN_MS + 50);
    expect([(await follow(world, url!)).status, await exportOf(world, ann, id)]).toMatchObject([404, { state: 'READY', url: null }]);
  });

  it('moves an export only as its table of states says', async () => {
    const row = await rowOf((await ready()).id);
    for (const state of ['QUEUED', 'RUNNING', 'FAILED'] as const) expect(EXPORT_STATES.READY).not.toContain(state);
    // And the database keeps file, link and state together, whoever writes.
    const torn = world.rows(`update compliance.audit_export set state = 'EXPIRED' where id = $1`, [row['id']]);
    await expect(torn).rejects.toMatchObject({ code: '23514' });
  });
});
