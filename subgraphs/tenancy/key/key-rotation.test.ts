// Rotations as tenancy keeps them: one at a time, asked for again until all have answered, finished by the last answer.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Pool } from 'pg';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { bootSubgraph, person, type TestSubgraph } from '../../../test/kit/subgraph.js';
import { tenancyDoor, type TenancyDoor } from '../public.js';
import { tenancy, type TenancyServices } from '../subgraph.js';
import { KEY_HOLDERS } from './key-rotation.entity.js';

const ROTATE = `mutation ($input: TenantKeyRotateInput!) { tenantKeyRotate(input: $input) {
  rotation { id state note parts { subgraph state resealed } } userErrors { __typename code field } } }`;
const LAST = '{ tenantKeyRotation { id state note finishedAt parts { subgraph state resealed unreadable finishedAt } } }';

let subject: TestSubgraph<TenancyServices>;
let door: TenancyDoor;
let admin: Client;
let system: Pool;
beforeAll(async () => {
  subject = await bootSubgraph(tenancy);
  door = tenancyDoor(subject.running.services);
  admin = new Client({ connectionString: subject.database.adminUrl });
  await admin.connect();
  system = new Pool({ connectionString: subject.database.urls.system, max: 1 });
});
afterAll(async () => {
  await system?.end();
  await admin?.end();
  await subject?.close();
});

interface Rotation { id: string; state: string; note: string | null; finishedAt?: string | null; parts: Record<string, unknown>[] }
const rotate = async (tenant: string, input: Record<string, unknown> = {}, permissions = ['settings:update']) => {
  const { data, errors } = await subject.ask(ROTATE, { input }, person(tenant, permissions));
  const payload = data?.['tenantKeyRotate'] as { rotation: Rotation | null; userErrors: unknown[] } | null;
  return { payload, errors };
};
const last = async (tenant: string) => (await subject.ask(LAST, {}, person(tenant, ['settings:read']))).data?.['tenantKeyRotation'] as Rotation | null;
const rotationOf = async (tenant: string): Promise<string> =>
  (await admin.query<{ id: string }>('select id from tenancy.tenant_key_rotation where tenant_id = $1 order by id desc limit 1', [tenant])).rows[0]?.id ?? '';
const requests = async (tenant: string) => (await admin.query(`select payload from tenancy.outbox where tenant_id = $1 and type = 'TenantKeyRotationRequested'`, [tenant])).rows;
const count = async (tenant: string) => Number((await admin.query<{ n: string }>('select count(*) as n from tenancy.tenant_key_rotation where tenant_id = $1', [tenant])).rows[0]?.n);

describe('a rotation of keys', () => {
  it('begins with a part for each who seals something, and is shown to its own tenant alone', async () => {
    const tenant = newId();
    expect(await last(tenant)).toBeNull();
    const { payload } = await rotate(tenant, { note: ' Somebody left. ' });
    const id = await rotationOf(tenant);
    const parts = [...KEY_HOLDERS].sort().map((subgraph) => ({ subgraph, state: 'RUNNING', resealed: null }));
    expect(payload).toEqual({ rotation: { id: encodeId('tkr', id), state: 'RUNNING', note: 'Somebody left.', parts }, userErrors: [] });
    expect(await requests(tenant)).toEqual([{ payload: { rotationId: id } }]);
    expect([(await last(tenant))?.id, await last(newId())]).toEqual([encodeId('tkr', id), null]);
  });

  it('is one at a time, of however many that ask at once', async () => {
    const tenant = newId();
    const asked = await Promise.all(Array.from({ length: 20 }, () => rotate(tenant)));
    expect(asked.filter(({ payload }) => payload?.rotation).length).toBe(1);
    expect(asked.flatMap(({ payload }) => payload?.userErrors ?? [])).toEqual(Array.from({ length: 19 }, () => ({ __typename: 'TenantKeyRotationRunning', code: 'WRONG_STATE', field: null })));
    expect([await count(tenant), (await requests(tenant)).length]).toEqual([1, 1]);
  });

  it('is finished by the last answer, each of which counts once', async () => {
    const tenant = newId();
    await rotate(tenant);
    const rotationId = await rotationOf(tenant);
    const answers = await Promise.all(KEY_HOLDERS.flatMap((subgraph, index) => [1, 2].map(() => door.confirmKeyRotation({ tenantId: tenant, rotationId, subgraph, resealed: 10 + index, unreadable: index }))));
    expect(answers.filter(Boolean)).toHaveLength(KEY_HOLDERS.length);
    const done = await last(tenant);
    expect(done).toMatchObject({ state: 'FINISHED', finishedAt: expect.any(String) });
    expect(done?.parts).toEqual([...KEY_HOLDERS].sort().map((subgraph) => ({
      subgraph, state: 'FINISHED', resealed: 10 + KEY_HOLDERS.indexOf(subgraph), unreadable: KEY_HOLDERS.indexOf(subgraph), finishedAt: expect.any(String),
    })));
    const { rows } = await admin.query(`select event->'after' as after from tenancy.audit_staging where tenant_id = $1 and event->>'action' = 'tenant_key.rotated'`, [tenant]);
    expect(rows).toEqual([{ after: { state: 'FINISHED', resealed: 60, unreadable: 10 } }]);
    expect((await rotate(tenant)).payload?.userErrors).toEqual([]);
    expect(await count(tenant)).toBe(2);
  });

  it('is asked for again until all have answered', async () => {
    const tenant = newId();
    await rotate(tenant);
    const rotationId = await rotationOf(tenant);
    const waiting = async () => (await door.overdue(system)).flatMap(({ payloads }) => payloads).filter((payload) => (payload as { tenantId: string }).tenantId === tenant);
    expect(await waiting()).toEqual([]);
    await admin.query(`update tenancy.tenant_key_rotation set announced_at = now() - interval '6 seconds' where tenant_id = $1`, [tenant]);
    expect(await waiting()).toEqual([{ tenantId: tenant, rotationId }]);
    expect(await door.announceKeyRotation({ tenantId: tenant, rotationId })).toBe(true);
    expect([(await requests(tenant)).length, await waiting()]).toEqual([2, []]);
    for (const subgraph of KEY_HOLDERS) await door.confirmKeyRotation({ tenantId: tenant, rotationId, subgraph, resealed: 0, unreadable: 0 });
    expect(await door.announceKeyRotation({ tenantId: tenant, rotationId })).toBe(false);
  });

  it('is refused to others, and for a note that is none, and nothing begins', async () => {
    const tenant = newId();
    expect((await rotate(tenant, {}, ['settings:read'])).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', permission: 'settings:update' } }]);
    expect((await subject.ask(LAST, {}, person(tenant, ['settings:update']))).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    for (const note of ['x'.repeat(501), 'a\0b']) {
      expect((await rotate(tenant, { note })).payload).toEqual({ rotation: null, userErrors: [{ __typename: 'InputInvalid', code: 'BAD_USER_INPUT', field: ['input', 'note'] }] });
    }
    expect([await count(tenant), await requests(tenant)]).toEqual([0, []]);
    expect((await rotate(tenant)).payload?.userErrors).toEqual([]);
  });
});
