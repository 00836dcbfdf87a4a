// The life of a tenant at tenancy's own door: who may move it from where to where, and that a refusal changes nothing.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { bootSubgraph, person, type TestSubgraph } from '../../../test/kit/subgraph.js';
import { demoTenancy } from '../demo.js';
import { tenancy, type TenancyServices } from '../subgraph.js';
import { TenantTier } from '../tenant/tenant.type.js';

const profile = { tier: TenantTier.FREE, locale: 'it-IT', timeZone: 'Europe/Rome', currency: 'EUR' };
const aurora = { id: newId(), name: 'Trattoria Aurora', ...profile };
const rival = { id: newId(), name: 'Rival', ...profile };
const id = encodeId('tnt', aurora.id);
const owner = person(aurora.id, ['org:update', 'org:delete']);
const root: Actor = { ...person(aurora.id, ['system:admin']), tenant: null };
const NOW = new Date('2026-11-29T09:00:00.000Z');

let subject: TestSubgraph<TenancyServices>;
let admin: Client;
beforeAll(async () => {
  subject = await bootSubgraph(tenancy, { clock: { now: () => new Date(NOW) }, config: { tenantGraceSeconds: 3_600 } });
  await demoTenancy(subject.running.services, { tenants: [aurora, rival] });
  admin = new Client({ connectionString: subject.database.adminUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin?.end();
  await subject?.close();
});

async function call(field: string, input: Record<string, unknown>, actor: Actor) {
  const Input = `${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input`;
  const { data, errors } = await subject.ask(
    `mutation ($input: ${Input}!) { ${field}(input: $input) { tenant { name locale state suspensionReason deletionDueAt } userErrors { __typename code field } } }`, { input }, actor);
  return { tenant: (data?.[field] as { tenant: unknown } | null)?.tenant, errors: (data?.[field] as { userErrors: unknown[] } | null)?.userErrors, top: errors?.map(({ extensions }) => extensions?.['code']) };
}
const row = async () => (await admin.query('select * from tenancy.tenant where tenant_id = $1', [aurora.id])).rows[0] as Record<string, unknown>;
const events = async () => (await admin.query<{ type: string; payload: unknown }>('select type, payload from tenancy.outbox where type <> $1 order by id', ['TenantLimitsChanged'])).rows;
const wrongState = [{ __typename: 'TenantStateWrong', code: 'WRONG_STATE', field: null }];

/** Refused, and everything is as it was. */
async function refused(field: string, input: Record<string, unknown>, actor: Actor, why: Record<string, unknown>): Promise<void> {
  const before = [await row(), await events()];
  expect(await call(field, input, actor)).toMatchObject(why);
  expect([await row(), await events()]).toEqual(before);
}

describe('tenantUpdate', () => {
  it('changes what is named, in the form that is stored, and announces the name', async () => {
    expect(await call('tenantUpdate', { name: ' Aurora ', locale: 'pt-br', currency: 'chf' }, owner)).toMatchObject({ tenant: { name: 'Aurora', locale: 'pt-BR', state: 'ACTIVE' }, errors: [] });
    expect(await row()).toMatchObject({ currency: 'CHF', time_zone: 'Europe/Rome', version: 1, announced_at: NOW });
    expect(await events()).toEqual([{ type: 'TenantUpdated', payload: { tenantId: aurora.id, name: 'Aurora', state: 'ACTIVE', version: 1 } }]);
  });

  it.each([['name', ' '], ['name', 'a\nb'], ['name', 'x'.repeat(201)], ['locale', 'x'], ['timeZone', '+02:00'], ['currency', 'XXZ']])('refuses the %s %j', async (name, value) => {
    await refused('tenantUpdate', { [name]: value }, owner, { tenant: null, errors: [{ __typename: 'InputInvalid', code: 'BAD_USER_INPUT', field: ['input', name] }] });
  });

  it('needs org:update', () => refused('tenantUpdate', { name: 'Mine' }, person(aurora.id, ['org:delete']), { top: ['FORBIDDEN'] }));
});

describe('a suspension', () => {
  it('is the platform\'s alone', async () => {
    for (const by of [owner, { ...root, tenant: aurora.id }]) {
      const top = by === owner ? ['FORBIDDEN'] : undefined;
      await refused('tenantSuspend', { tenantId: id, reason: 'x' }, by, top ? { top } : { errors: [{ __typename: 'TenantNotFound' }] });
    }
    await refused('tenantSuspend', { tenantId: encodeId('tnt', newId()), reason: 'x' }, root, { errors: [{ __typename: 'TenantNotFound', field: ['input', 'tenantId'] }] });
    await refused('tenantSuspend', { tenantId: id, reason: '' }, root, { errors: [{ __typename: 'InputInvalid', field: ['input', 'reason'] }] });
    await refused('tenantReactivate', { tenantId: id }, root, { errors: wrongState });
  });

  it('leaves its people nothing but the way out, and is told to them', async () => {
    expect(await call('tenantSuspend', { tenantId: id, reason: 'Unpaid' }, root)).toMatchObject({ tenant: { state: 'SUSPENDED', suspensionReason: 'Unpaid' }, errors: [] });
    await refused('tenantSuspend', { tenantId: id, reason: 'x' }, root, { errors: wrongState });
    // As the gateway lets them in from here on.
    const closed: Actor = { ...owner, closed: 'SUSPENDED' };
    expect((await subject.ask('{ tenant { state suspensionReason } }', {}, closed)).data).toEqual({ tenant: { state: 'SUSPENDED', suspensionReason: 'Unpaid' } });
    expect((await subject.ask('{ node(id: "x") { id } }', {}, closed)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', reason: 'TENANT_SUSPENDED' } }]);
    const key: Actor = { ...closed, kind: 'api_key', sub: null, session: null, apiKey: newId() };
    expect((await subject.ask('{ tenant { state } }', {}, key)).errors).toMatchObject([{ extensions: { reason: 'TENANT_SUSPENDED' } }]);
    await refused('tenantUpdate', { name: 'Mine' }, closed, { top: ['FORBIDDEN'] });
    // One that identity has not heard of yet is refused too.
    await refused('tenantUpdate', { name: 'Mine' }, owner, { errors: wrongState });
  });

  it('outlives a deletion that is asked for and cancelled', async () => {
    await refused('tenantDelete', { confirmName: 'aurora' }, owner, { errors: [{ __typename: 'InputInvalid', field: ['input', 'confirmName'] }] });
    await refused('tenantDelete', { confirmName: 'Aurora' }, person(aurora.id, ['org:update']), { top: ['FORBIDDEN'] });
    await refused('tenantDelete', { confirmName: 'Aurora' }, { ...owner, kind: 'api_key', sub: null, session: null, apiKey: newId() }, { top: ['FORBIDDEN'] });
    await refused('tenantDeletionCancel', { tenantId: id }, owner, { errors: wrongState });
    const deletionDueAt = new Date(NOW.getTime() + 3_600_000).toISOString();
    expect(await call('tenantDelete', { confirmName: 'Aurora' }, owner)).toMatchObject({ tenant: { state: 'DELETING', deletionDueAt }, errors: [] });
    await refused('tenantDelete', { confirmName: 'Aurora' }, owner, { errors: wrongState });
    await refused('tenantReactivate', { tenantId: id }, root, { errors: wrongState });
    await refused('tenantDeletionCancel', { tenantId: encodeId('tnt', rival.id) }, owner, { errors: [{ __typename: 'TenantNotFound' }] });
    expect(await call('tenantDeletionCancel', { tenantId: id }, { ...owner, closed: 'DELETING' })).toMatchObject({ tenant: { state: 'SUSPENDED', suspensionReason: 'Unpaid', deletionDueAt: null } });
    expect(await call('tenantReactivate', { tenantId: id }, root)).toMatchObject({ tenant: { state: 'ACTIVE', suspensionReason: null } });
    expect((await events()).slice(1).map(({ type, payload }) => [type, (payload as { state: string }).state])).toEqual([
      ['TenantSuspended', 'SUSPENDED'], ['TenantDeletionScheduled', 'DELETING'], ['TenantDeletionCancelled', 'SUSPENDED'], ['TenantReactivated', 'ACTIVE'],
    ]);
  });

  it('is announced until the newest version is confirmed', async () => {
    const { announcement } = subject.running.services;
    const { version } = await row();
    expect([await announcement.confirm(aurora.id, Number(version) - 1), await announcement.announce(aurora.id)]).toEqual([false, true]);
    expect((await events()).at(-1)).toMatchObject({ payload: { state: 'ACTIVE', version } });
    expect([await announcement.confirm(aurora.id, Number(version)), await announcement.announce(aurora.id)]).toEqual([true, false]);
  });
});

describe('tenants', () => {
  const LIST = 'query ($first: Int, $after: String, $filter: TenantFilter) { tenants(first: $first, after: $after, filter: $filter) { nodes { name } pageInfo { endCursor hasNextPage } } }';
  const page = async (variables: Record<string, unknown>, actor = root) => (await subject.ask(LIST, variables, actor)).data?.['tenants'] as { nodes: unknown[]; pageInfo: { endCursor: string; hasNextPage: boolean } } | null;

  it('shows the platform all of them, page by page, and one by its id', async () => {
    const first = await page({ first: 1 });
    expect(first).toMatchObject({ nodes: [{ name: 'Aurora' }], pageInfo: { hasNextPage: true } });
    expect(await page({ after: first?.pageInfo.endCursor })).toMatchObject({ nodes: [{ name: 'Rival' }], pageInfo: { hasNextPage: false } });
    expect(await page({ filter: { state: 'SUSPENDED' } })).toMatchObject({ nodes: [] });
    expect((await subject.ask(LIST, { after: 'x' }, root)).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: ['after'] } }]);
    expect((await subject.ask(`{ tenant(id: "${id}") { name } }`, {}, root)).data).toEqual({ tenant: { name: 'Aurora' } });
  });

  it('shows nobody else any other than their own, whatever they claim', async () => {
    expect((await subject.ask(LIST, {}, owner)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', permission: 'system:admin' } }]);
    expect(await page({}, { ...root, tenant: rival.id })).toMatchObject({ nodes: [] });
    const of = async (actor: Actor) => (await subject.ask(`{ tenant(id: "${id}") { name } }`, {}, actor)).data;
    expect([await of(person(rival.id, [])), await of({ ...root, permissions: [] }), await of(owner)]).toEqual([{ tenant: null }, { tenant: null }, { tenant: { name: 'Aurora' } }]);
  });
});
