// Backups of a tenant over time: a file is stored once, a run takes one, what is not needed any more goes and nothing else does, and who was erased leaves nothing.
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { FolderStorage } from '../../subgraphs/kernel/storage/folder.storage.js';
import { TenantBackups, once, testMaster } from '../../test/kit/tenant.backups.js';
import type { FilledTenant } from '../../test/kit/tenant.rows.js';
import { noteErased } from '../backups/erasure.ledger.js';
import { takeSnapshot, withTenantAlone } from './snapshot.create.js';
import { verifySnapshot } from './snapshot.verify.js';
import { tenantSnapshotCrashTable } from './tenant.crash.js';
import { mend } from '../backups/mend.js';
import { MirroredStorage } from '../backups/mirrored.storage.js';
import { Repository } from '../backups/repository.js';
import { filesFolder, objectsOf, tenantSnapshots, type TenantManifest } from './tenant.manifest.js';
import { forgetErased, pruneTenant } from './tenant.retention.js';

const DAY_MS = 86_400_000;

let house: TenantBackups;
let tenant: FilledTenant;
beforeAll(async () => { house = await TenantBackups.start(); });
beforeEach(async () => { tenant = await house.tenant('ACTIVE'); });
afterAll(() => house?.close());

const take = (run?: string, crash?: (point: string) => void): Promise<TenantManifest> => withTenantAlone(house.sources, tenant.id, async () =>
  (await takeSnapshot(house.sources, { tenantId: tenant.id, label: 'hourly', ...(run === undefined ? {} : { run }), ...(crash ? { crash } : {}) })).manifest);
async function listed(prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of house.sources.repository.storage.list(prefix)) keys.push(key);
  return keys.sort();
}
const ids = async (): Promise<string[]> => (await tenantSnapshots(house.sources.repository, tenant.id)).whole.map(({ id }) => id);

it('is whole again in a place of two that lost some of it: by the next snapshot, and by mending', async () => {
  const [one, other] = ['one', 'other'].map((name) => new FolderStorage(join(house.folder, tenant.id, name))) as [FolderStorage, FolderStorage];
  const sources = { ...house.sources, repository: await Repository.open(new MirroredStorage(one, other), testMaster, true) };
  const keysOf = async (prefix: string): Promise<string[]> => {
    const keys: string[] = [];
    for await (const { key } of other.list(prefix)) keys.push(key);
    return keys;
  };
  const taken = () => withTenantAlone(sources, tenant.id, async () => (await takeSnapshot(sources, { tenantId: tenant.id, label: 'hourly' })).manifest);
  await taken();
  const pieces = await keysOf(filesFolder(tenant.id));
  await other.remove(pieces[0] ?? '');
  const second = await taken();
  expect(await keysOf(filesFolder(tenant.id))).toEqual(pieces);
  const lost = [second.packs[0]?.path ?? '', pieces[1] ?? '', `tenants/${tenant.id}/${second.id}.json`, `tenants/${tenant.id}/key.json`];
  for (const path of lost) await other.remove(path);
  expect(await mend(sources.repository, () => undefined)).toMatchObject({ objects: lost.length, lost: [] });
  const alone = await Repository.open(other, testMaster, false);
  expect([(await tenantSnapshots(alone, tenant.id)).whole.length, await verifySnapshot(alone, second)]).toEqual([2, []]);
});

it('stores a file once, whatever it is called and however many snapshots hold it', async () => {
  const first = await take();
  const pieces = await listed(filesFolder(tenant.id));
  expect(pieces.length).toBe(3);
  const [content = Buffer.alloc(0)] = tenant.files.values();
  const again = `media/${tenant.id}/${newId()}`;
  await house.sources.files.put(again, once(content));
  await house.admin.query('insert into conversations.stored_file (tenant_id, key, bytes, stored_at) values ($1, $2, $3, now())', [tenant.id, again, content.length]);
  const second = await take();
  expect([second.files.count, await listed(filesFolder(tenant.id))]).toEqual([4, pieces]);
  expect(second.stored).toBeLessThan(first.stored);
  expect(await verifySnapshot(house.sources.repository, second)).toEqual([]);
});

it('says of files that went meanwhile that they did', async () => {
  const [lost = ''] = tenant.files.keys();
  await house.sources.files.remove(lost);
  const manifest = await take();
  expect([manifest.files, await verifySnapshot(house.sources.repository, manifest)]).toEqual([{ count: 3, bytes: expect.any(Number), gone: 1 }, []]);
});

it.each(tenantSnapshotCrashTable)('is one for a run that was killed at $point', async ({ point }) => {
  const run = newId();
  await expect(take(run, (at) => { if (at === point) throw new Error('killed'); })).rejects.toThrow('killed');
  const taken = await take(run);
  expect([await ids(), (await take(run)).id, taken.run]).toEqual([[taken.id], taken.id, run]);
  expect(await verifySnapshot(house.sources.repository, taken)).toEqual([]);
});

it('lets go by count and age, and keeps what the others need', async () => {
  const first = await take();
  const [lost = ''] = tenant.files.keys();
  await house.admin.query('delete from conversations.stored_file where key = $1', [lost]);
  const [second, third] = [await take(), await take()];
  const { repository } = house.sources;
  const later = new Date(Date.now() + 10 * DAY_MS);
  expect(await pruneTenant(repository, tenant.id, { count: 2, days: 30 }, later)).toEqual([]);
  expect(await pruneTenant(repository, tenant.id, { count: 2, days: 5 }, later, true)).toEqual([first.id]);
  expect([await ids(), (await listed(filesFolder(tenant.id))).length]).toEqual([[first.id, second.id, third.id], 3]);
  expect(await pruneTenant(repository, tenant.id, { count: 2, days: 5 }, later)).toEqual([first.id]);
  expect([await ids(), (await listed(filesFolder(tenant.id))).length]).toEqual([[second.id, third.id], 2]);
  for (const kept of [second, third]) expect(await verifySnapshot(repository, kept)).toEqual([]);
  expect((await listed(objectsOf(tenant.id))).filter((key) => key.includes(first.id))).toEqual([]);
});

it('forgets who was erased, with their key, and nobody else', async () => {
  const { key } = await take();
  const other = tenant;
  tenant = await house.tenant('ACTIVE');
  const kept = await take();
  await house.admin.query('insert into tenancy.tenant_erasure (id, started_at, announced_at) values ($1, now(), now())', [other.id]);
  const { repository } = house.sources;
  await noteErased(repository, house.admin);
  expect([await forgetErased(repository), await forgetErased(repository)]).toEqual([[other.id], []]);
  expect([await listed(objectsOf(other.id)), await listed(`tenants/${other.id}/`), (await listed('keys/')).includes(`keys/${key}.json`)]).toEqual([[], [], false]);
  expect(await verifySnapshot(repository, kept)).toEqual([]);
});
