// Maintenance windows at tenancy's own door: who plans them, who sees them, what gateways are told, and that a refusal changes nothing.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { bootSubgraph, person, type TestSubgraph } from '../../../test/kit/subgraph.js';
import { demoTenancy } from '../demo.js';
import { tenancy, type TenancyServices } from '../subgraph.js';
import { TenantTier } from '../tenant/tenant.type.js';

const tenant = (name: string) => ({ id: newId(), name, tier: TenantTier.FREE, locale: 'en-GB', timeZone: 'UTC', currency: 'EUR' });
const [aurora, rival] = [tenant('Aurora'), tenant('Rival')];
const root: Actor = { ...person(aurora.id, ['system:admin']), tenant: null };
/** Whoever got the right inside a tenant is none of the platform. */
const usurper = person(aurora.id, ['system:admin']);
const [staff, others] = [person(aurora.id, []), person(rival.id, [])];
const NOW = new Date('2026-11-29T09:00:00.000Z');
const at = (hours: number): string => new Date(NOW.getTime() + hours * 3_600_000).toISOString();
const EN = { language: 'en', text: 'The database moves.' };
const FIELDS = 'id tenantId startsAt endsAt refusesWrites state text(language: "pt-BR") texts { language text }';

let now = NOW;
let subject: TestSubgraph<TenancyServices>;
let admin: Client;
beforeAll(async () => {
  subject = await bootSubgraph(tenancy, { clock: { now: () => now } });
  await demoTenancy(subject.running.services, { tenants: [aurora, rival] });
  admin = new Client({ connectionString: subject.database.adminUrl });
  await admin.connect();
});
beforeEach(async () => {
  now = NOW;
  await admin.query('truncate tenancy.maintenance_window, tenancy.setting_change, tenancy.platform_audit_staging');
});
afterAll(async () => {
  await admin?.end();
  await subject?.close();
});

interface Window { id: string; state: string; startsAt: string; endsAt: string }
async function call(verb: 'Schedule' | 'Update' | 'Cancel', input: Record<string, unknown>, actor = root) {
  const { data, errors } = await subject.ask(
    `mutation ($input: MaintenanceWindow${verb}Input!) { maintenanceWindow${verb}(input: $input) { window { ${FIELDS} } userErrors { __typename code field ... on MaintenanceWindowOverlaps { windowId } } } }`,
    { input }, actor);
  const payload = data?.[`maintenanceWindow${verb}`] as { window: Window | null; userErrors: unknown[] } | null;
  return { window: payload?.window ?? null, refused: payload?.userErrors, top: errors?.map(({ extensions }) => extensions?.['code']) };
}
async function schedule(input: Record<string, unknown> = {}): Promise<Window> {
  const { window, refused } = await call('Schedule', { startsAt: at(1), endsAt: at(2), texts: [EN], ...input });
  if (!window) throw new Error(`It was refused: ${JSON.stringify(refused)}`);
  return window;
}
const list = async (actor: Actor, args = '') => {
  const { data } = await subject.ask(`{ maintenanceWindows${args} { nodes { ${FIELDS} } pageInfo { hasNextPage endCursor } } }`, {}, actor);
  return data?.['maintenanceWindows'] as { nodes: Window[]; pageInfo: { hasNextPage: boolean; endCursor: string } } | null;
};
const ids = async (actor: Actor, args = '') => (await list(actor, args))?.nodes.map(({ id }) => id);
const everything = async () => (await admin.query('select w.*, (select count(*) from tenancy.setting_change) as told from tenancy.maintenance_window w order by id')).rows;
const mine = encodeId('tnt', aurora.id);

describe('a window', () => {
  it('is planned, changed and called off by the platform; each step is in its trail and told to gateways', async () => {
    const { settingsInForce } = subject.running.services;
    const begun = await settingsInForce.changes(null);
    const planned = await schedule({ tenantId: mine, texts: [EN, { language: 'pt', text: 'O banco de dados muda.' }], refusesWrites: true });
    expect(planned).toEqual({
      id: expect.stringMatching(/^mwin_/), tenantId: mine, startsAt: at(1), endsAt: at(2), refusesWrites: true, state: 'SCHEDULED', text: 'O banco de dados muda.',
      texts: [EN, { language: 'pt', text: 'O banco de dados muda.' }],
    });
    const told = await settingsInForce.changes(begun.cursor);
    expect(told.changes).toEqual([{ tenant: aurora.id }]);
    const { id, startsAt, endsAt } = planned;
    expect((await settingsInForce.settings(aurora.id)).windows).toEqual([{ id, startsAt, endsAt, refusesWrites: true, texts: { en: EN.text, pt: 'O banco de dados muda.' } }]);
    expect((await settingsInForce.settings(rival.id)).windows).toEqual([]);
    expect(await settingsInForce.announced()).toEqual([]);
    now = new Date(at(1));
    expect((await list(staff))?.nodes).toMatchObject([{ state: 'RUNNING' }]);
    expect((await call('Update', { windowId: id, endsAt: at(3), refusesWrites: false, texts: [EN] })).window).toMatchObject({ endsAt: at(3), startsAt: at(1), text: EN.text });
    expect((await call('Cancel', { windowId: id })).window).toMatchObject({ state: 'CANCELLED' });
    expect((await call('Cancel', { windowId: id })).refused).toEqual([{ __typename: 'MaintenanceWindowEnded', code: 'WRONG_STATE', field: ['input', 'windowId'] }]);
    expect((await settingsInForce.settings(aurora.id)).windows).toEqual([]);
    expect([await ids(staff), await ids(staff, '(past: true)')]).toEqual([[], [id]]);
    const { rows } = await admin.query(`select event->>'action' as action, event->>'outcome' as outcome, event->'after' as after from tenancy.platform_audit_staging order by id`);
    expect(rows).toMatchObject([
      { action: 'maintenance_window.schedule', outcome: 'SUCCESS', after: { tenant: mine, refusesWrites: true, texts: [`en: ${EN.text}`, 'pt: O banco de dados muda.'] } },
      { action: 'maintenance_window.update', outcome: 'SUCCESS', after: { endsAt: at(3), refusesWrites: false } },
      { action: 'maintenance_window.cancel', outcome: 'SUCCESS' }, { action: 'maintenance_window.cancel', outcome: 'FAILURE' },
    ]);
  });

  it('of everybody is everybody\'s, and makes gateways ask anew; of a tenant it is no other\'s', async () => {
    const { settingsInForce } = subject.running.services;
    const theirs = await schedule({ tenantId: encodeId('tnt', rival.id), startsAt: at(0.5) });
    const { cursor } = await settingsInForce.changes(null);
    const all = await schedule();
    expect(await settingsInForce.changes(cursor)).toMatchObject({ changes: null });
    expect((await settingsInForce.announced()).map(({ id }) => id)).toEqual([all.id]);
    const key: Actor = { ...staff, kind: 'api_key', sub: null, session: null, apiKey: newId() };
    expect(await Promise.all([staff, key, usurper, others, { ...root, permissions: [] }, root].map((actor) => ids(actor))))
      .toEqual([[all.id], [all.id], [all.id], [theirs.id, all.id], [all.id], [theirs.id, all.id]]);
    expect(await list({ ...staff, kind: 'anonymous', sub: null, tenant: null })).toBeNull();
    const first = await list(root, '(first: 1)');
    expect(first).toMatchObject({ nodes: [{ id: theirs.id }], pageInfo: { hasNextPage: true } });
    expect(await ids(root, `(after: "${first?.pageInfo.endCursor ?? ''}")`)).toEqual([all.id]);
  });

  it('goes with its tenant', async () => {
    const gone = { ...tenant('Gone') };
    await demoTenancy(subject.running.services, { tenants: [gone] });
    await schedule({ tenantId: encodeId('tnt', gone.id) });
    await admin.query('delete from tenancy.tenant where tenant_id = $1', [gone.id]);
    expect(await everything()).toEqual([]);
  });
});

describe('what is refused, and changes nothing', () => {
  it.each<[string, Record<string, unknown>]>([
    ['startsAt', { startsAt: at(-0.01) }],
    ['startsAt', { startsAt: at(24 * 367), endsAt: at(24 * 367 + 1) }],
    ['endsAt', { startsAt: null, endsAt: NOW.toISOString() }],
    ['endsAt', { endsAt: at(1) }],
    ['endsAt', { endsAt: at(1 + 7 * 24 + 1) }],
    ['texts', { texts: [] }],
    ['texts', { texts: [{ language: 'pt', text: 'Sem inglês.' }] }],
    ['texts.0.language', { texts: [{ language: 'de', text: 'Die Datenbank zieht um.' }] }],
    ['texts.1.language', { texts: [EN, EN] }],
    ['texts.0.text', { texts: [{ language: 'en', text: 'two\nlines' }] }],
    ['texts.0.text', { texts: [{ language: 'en', text: 'x'.repeat(501) }] }],
  ])('input.%s of %j', async (path, input) => {
    expect((await call('Schedule', { startsAt: at(1), endsAt: at(2), texts: [EN], ...input })).refused).toEqual([
      { __typename: 'InputInvalid', code: 'BAD_USER_INPUT', field: ['input', ...path.split('.')] }]);
    expect(await everything()).toEqual([]);
  });

  it('another at the same time, also when it is sent twice at once; of a tenant and of everybody may overlap', async () => {
    const sent = { startsAt: at(1), endsAt: at(2), texts: [EN] };
    const answers = await Promise.all([1, 2, 3, 4].map(() => call('Schedule', sent)));
    const [made] = answers.flatMap(({ window }) => window ?? []);
    expect(answers.flatMap(({ refused = [] }) => refused)).toEqual(Array(3).fill(
      { __typename: 'MaintenanceWindowOverlaps', code: 'WRONG_STATE', field: ['input', 'startsAt'], windowId: made?.id }));
    const [next, own] = [await schedule({ startsAt: at(2), endsAt: at(3) }), await schedule({ tenantId: mine })];
    const before = await everything();
    expect(before).toHaveLength(3);
    expect((await call('Update', { windowId: next.id, startsAt: at(1.5) })).refused).toMatchObject([{ __typename: 'MaintenanceWindowOverlaps', windowId: made?.id }]);
    expect((await call('Update', { windowId: own.id, endsAt: at(0.5) })).refused).toMatchObject([{ __typename: 'InputInvalid', field: ['input', 'endsAt'] }]);
    now = new Date(at(1.5));
    expect((await call('Update', { windowId: own.id, startsAt: at(1.6) })).refused).toMatchObject([{ __typename: 'InputInvalid', field: ['input', 'startsAt'] }]);
    now = new Date(at(2));
    expect((await call('Update', { windowId: own.id, endsAt: at(4) })).refused).toMatchObject([{ __typename: 'MaintenanceWindowEnded' }]);
    expect(await everything()).toEqual(before);
  });

  it('a tenant or window that is not there, and who is not of the platform', async () => {
    const { id } = await schedule();
    const before = await everything();
    const input = { startsAt: at(1), endsAt: at(2), texts: [EN] };
    expect((await call('Schedule', { ...input, tenantId: encodeId('tnt', newId()) })).refused).toMatchObject([{ __typename: 'TenantNotFound', field: ['input', 'tenantId'] }]);
    expect((await call('Schedule', { ...input, tenantId: id })).top).toEqual(['BAD_USER_INPUT']);
    expect((await call('Cancel', { windowId: encodeId('mwin', newId()) })).refused).toMatchObject([{ __typename: 'MaintenanceWindowNotFound' }]);
    expect((await call('Cancel', { windowId: mine })).top).toEqual(['BAD_USER_INPUT']);
    expect((await call('Cancel', { windowId: id }, staff)).top).toEqual(['FORBIDDEN']);
    // With the right, and inside a tenant: the database lets nothing be written.
    expect((await call('Cancel', { windowId: id }, usurper)).refused).toMatchObject([{ __typename: 'MaintenanceWindowNotFound' }]);
    expect((await call('Schedule', { ...input, startsAt: at(5), endsAt: at(6) }, usurper)).top).toEqual(['FORBIDDEN']);
    expect(await everything()).toEqual(before);
  });
});
