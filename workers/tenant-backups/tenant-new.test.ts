// A backup of one tenant as a tenant of its own: other ids wherever they are written, sealed anew under keys of its own, its people the same, and nothing of the other tenant's that only one may have.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { buffer } from 'node:stream/consumers';
import { definitions } from '../../ops/composition.js';
import { encodeId, isUuid } from '../../subgraphs/kernel/base/ids.js';
import { SealedReader } from '../../subgraphs/kernel/crypto/sealed-reader.js';
import { TenantBackups, testMaster } from '../../test/kit/tenant.backups.js';
import { rowsOfTenant, type FilledTenant } from '../../test/kit/tenant.rows.js';
import { planTenantRestore, type TenantRestorePlan } from './restore.plan.js';
import { takeSnapshot, withTenantAlone } from './snapshot.create.js';
import { restoreTenant, sums, type RestoredTenant } from './tenant.restore.js';

let house: TenantBackups;
let aurora: FilledTenant;
let before: Map<string, string[]>;
let plan: TenantRestorePlan;
let restored: RestoredTenant;
let after: Map<string, string[]>;
const idOf = (line: string): string => (JSON.parse(line) as { id: string }).id;
const rows = (of: Map<string, string[]>, table: string) => (of.get(table) ?? []).map((line) => JSON.parse(line) as Record<string, unknown>);

beforeAll(async () => {
  house = await TenantBackups.start();
  aurora = await house.tenant('ACTIVE');
  // Ids as text and in documents, as themselves and as they are written at the API.
  const [conversation = ''] = (await rowsOfTenant(house.admin, aurora.id)).get('conversations.conversation')?.map(idOf) ?? [];
  const [person = ''] = aurora.people;
  await house.admin.query('update conversations.contact set attributes = $2, name = $3 where tenant_id = $1', [
    aurora.id, JSON.stringify({ of: encodeId('conv', conversation), plain: conversation, person, foreign: '01930000-0000-7000-8000-00000000abcd', large: 1 }), `wrote in ${encodeId('conv', conversation)}`,
  ]);
  await house.admin.query(`update conversations.attachment set storage_key = 'media/' || tenant_id || '/' || id where tenant_id = $1`, [aurora.id]);
  await house.admin.query(`update conversations.inbox set state = 'ACTIVE', disabled_reason = null, disabled_at = null where tenant_id = $1`, [aurora.id]);
  before = await rowsOfTenant(house.admin, aurora.id);
  await withTenantAlone(house.sources, aurora.id, async () => {
    const { manifest } = await takeSnapshot(house.sources, { tenantId: aurora.id, label: 'manual' });
    const planned = () => planTenantRestore(house.sources, { snapshot: manifest.id, mode: 'NEW', name: 'Aurora again' });
    let passed = 0;
    const first = await planned();
    await expect(restoreTenant(house.sources, first, { crash: (at) => { if (at === 'tenant-restore:schema' && (passed += 1) === 2) throw new Error('killed'); } })).rejects.toThrow('killed');
    plan = await planned();
    // It maps alike when it goes on.
    expect([plan.id, plan.resumed, plan.target]).toEqual([first.id, true, first.target]);
    restored = await restoreTenant(house.sources, plan);
  });
  after = await rowsOfTenant(house.admin, plan.target);
});
afterAll(() => house?.close());

const leaves = new Set(definitions.flatMap(({ name, tenantSnapshot }) => Object.keys(tenantSnapshot?.anew.leaves ?? {}).map((table) => `${name}.${table}`)));

it('has every row of the snapshot, but those that are the other tenant\'s alone', () => {
  for (const [schema, tables] of Object.entries(plan.manifest.rows)) {
    for (const [table, n] of Object.entries(tables)) expect([`${schema}.${table}`, after.get(`${schema}.${table}`)?.length]).toEqual([`${schema}.${table}`, leaves.has(`${schema}.${table}`) ? 0 : n]);
  }
  expect(sums(restored.schemas)).toMatchObject({ left: 0, unreadable: 0 });
});

it('has none of its ids, and the same people', () => {
  const ids = new Set([aurora.id, ...[...before.values()].flat().flatMap((line) => Object.entries(JSON.parse(line) as object).filter(([name, id]) => name === 'id' && isUuid(String(id))).map(([, id]) => String(id)))]);
  for (const person of aurora.people) ids.delete(person);
  const written = [...after.values()].flat().join('\n');
  expect([...ids].filter((id) => written.includes(id) || written.includes(encodeId('conv', id).slice(5)))).toEqual([]);
  expect(rows(after, 'identity.membership').map(({ user_id: id }) => id).sort()).toEqual([...aurora.people].sort());
});

it('refers to its own rows in text and documents too, and to nobody else otherwise', () => {
  const conversations = rows(after, 'conversations.conversation').map(({ id }) => String(id));
  const { attributes, name } = rows(after, 'conversations.contact')[0] as { attributes: Record<string, string>; name: string };
  expect(conversations).toContain(attributes['plain']);
  expect([attributes['of'], name, attributes['person'], attributes['foreign']]).toEqual([
    encodeId('conv', attributes['plain'] ?? ''), `wrote in ${encodeId('conv', attributes['plain'] ?? '')}`, aurora.people[0], '01930000-0000-7000-8000-00000000abcd']);
  // In the order of time that they were in.
  const order = (of: Map<string, string[]>) => rows(of, 'conversations.message').sort((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1)).map(({ text }) => text);
  expect(order(after)).toEqual(order(before));
});

it('opens what is sealed, under keys of its own', async () => {
  let opened = 0;
  for (const { name, sealed = [], tenantSnapshot } of definitions) {
    const reader = await SealedReader.of(house.admin, name, testMaster, plan.target);
    for (const { table, column, row } of sealed.filter((one) => 'column' in one.tenant && !leaves.has(`${name}.${one.table}`) && !Object.hasOwn(tenantSnapshot?.stays ?? {}, one.table) && !Object.hasOwn(tenantSnapshot?.ends ?? {}, one.table))) {
      const found = (await house.admin.query<{ row: string; value: Buffer }>(`select ${row} as row, ${column} as value from ${name}.${table} where tenant_id = $1`, [plan.target])).rows;
      const texts = found.map((one) => reader.open({ tenantId: plan.target, table, column, row: one.row }, one.value)).sort();
      expect(texts).toEqual([...aurora.sealed].filter(([place]) => place.startsWith(`${name}.${table}.${column} `)).map(([, text]) => text).sort());
      opened += texts.length;
    }
  }
  expect(opened).toBeGreaterThan(8);
});

it('is suspended, called as it was told, and has no channel of the other tenant', async () => {
  expect(rows(after, 'tenancy.tenant')).toMatchObject([{ name: 'Aurora again', state: 'SUSPENDED', version: 1 }]);
  expect(rows(after, 'identity.organization')).toMatchObject([{ name: 'Aurora again', state: 'SUSPENDED', state_version: 1 }]);
  expect(rows(after, 'conversations.inbox').map(({ state, external_id: address }) => [state, address])).toEqual(Array(3).fill(['DISABLED', null]));
  const keys = (of: Map<string, string[]>, table: string) => rows(of, table).map(({ key }) => String(key));
  for (const table of ['conversations.inbox', 'commerce.payment_account']) expect(keys(after, table).filter((key) => keys(before, table).includes(key))).toEqual([]);
  expect(rows(after, 'tenancy.webhook_endpoint').every(({ state }) => state === 'DISABLED')).toBe(true);
  expect(rows(after, 'tenancy.limit_delivery').length).toBe(3);
  expect((after.get('identity.api_key') ?? []).length).toBe(0);
  expect(await rowsOfTenant(house.admin, aurora.id)).toEqual(before);
});

it('has files of its own', async () => {
  const keys = rows(after, 'conversations.stored_file').map(({ key }) => String(key));
  const contents = await Promise.all(keys.map(async (key) => String(await buffer((await house.sources.files.get(key))!.stream))));
  expect([keys.filter((key) => key.includes(aurora.id)), contents.sort()]).toEqual([[], [...new Set([...aurora.files.values()].map(String))].sort()]);
});
