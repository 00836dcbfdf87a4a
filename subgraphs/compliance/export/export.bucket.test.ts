// An export whose file is kept in a bucket: written, handed out and deleted there, and what happens while the store is away.
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { newId } from '../../kernel/base/ids.js';
import { TestObjectStore } from '../../../test/kit/object-store.js';
import { person } from '../../../test/kit/subgraph.js';
import { LogWorld } from '../log/log.fixture.js';
import { bodyOf, exportOf, follow, requestExport, runExports } from './export.fixture.js';
import { KEPT_MS } from './export.run.js';

const tenant = newId();
const ann = person(tenant, ['audit:export']);
let store: TestObjectStore;
let world: LogWorld;
let now = new Date();
const keys = (): string[] => [...store.objects('files').keys()];

beforeAll(async () => {
  store = await TestObjectStore.start('files');
  world = await LogWorld.open({ config: { objectStore: store.settings('files', 'production') }, clock: { now: () => now } });
  await world.seal(tenant, 3);
  await world.door.signCheckpoints(world.system);
});
afterEach(() => { store.fault = () => null; });
afterAll(async () => {
  await world.close();
  await store.close();
});

it('is written again once the store takes it, is downloaded when the store can be read, and goes when its days are over', async () => {
  store.fault = () => ({ status: 503, code: 'SlowDown' });
  const { id } = (await requestExport(world, ann, {})).auditExport!;
  await expect(runExports(world)).rejects.toThrow(/^The bucket files did not write audit-exports\/\S+: SlowDown \(503\)/);
  expect([await exportOf(world, ann, id), keys()]).toMatchObject([{ state: 'QUEUED', url: null }, []]);
  store.fault = () => null;
  now = new Date(Date.now() + 60_000);
  await world.rows(`update compliance.audit_export set due_at = now() where tenant_id = $1`, [tenant]);
  await runExports(world);
  const { state, url, sha256 } = (await exportOf(world, ann, id))!;
  expect([state, keys()]).toEqual(['READY', [expect.stringMatching(new RegExp(`^production/audit-exports/${tenant}/[0-9a-f-]{36}\\.2\\.jsonl$`))]]);
  store.fault = () => ({ status: 403, code: 'AccessDenied' });
  expect(await follow(world, url!)).toMatchObject({ status: 503, body: 'The file cannot be read now: try again later.' });
  store.fault = () => null;
  const content = await bodyOf(await follow(world, url!));
  expect([createHash('sha256').update(content).digest('hex'), content.split('\n').length]).toEqual([sha256, 6]);
  // Deleting is tried again too: the row keeps its file until the store has let it go.
  now = new Date(Date.now() + 60_000 + KEPT_MS);
  await world.rows(`update compliance.audit_export set due_at = now() where tenant_id = $1`, [tenant]);
  store.fault = () => ({ status: 503, code: 'SlowDown' });
  await expect(runExports(world)).rejects.toThrow('SlowDown');
  store.fault = () => null;
  expect([(await exportOf(world, ann, id))?.state, keys().length]).toEqual(['READY', 1]);
  // A minute later, and not at once.
  const later = new Date(now.getTime() + 60_000);
  expect(await world.rows('select due_at from compliance.audit_export where tenant_id = $1', [tenant])).toEqual([{ due_at: later }]);
  now = later;
  await world.rows(`update compliance.audit_export set due_at = now() where tenant_id = $1`, [tenant]);
  await runExports(world);
  expect([(await exportOf(world, ann, id))?.state, keys()]).toEqual(['EXPIRED', []]);
});
