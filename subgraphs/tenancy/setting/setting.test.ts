// A tenant's settings: read, changed, refused by the path of what is wrong, told to gateways, and nobody else's.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Pool } from 'pg';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import type { SettingsInForce } from '../../kernel/base/settings-port.js';
import { bootSubgraph, person, type TestSubgraph } from '../../../test/kit/subgraph.js';
import { demoTenancy } from '../demo.js';
import { tenancy, type TenancyServices } from '../subgraph.js';
import { TenantTier } from '../tenant/tenant.type.js';

const tenant = (name: string) => ({ id: newId(), name, tier: TenantTier.FREE, locale: 'en-GB', timeZone: 'UTC', currency: 'EUR' });
const [aurora, rival] = [{ ...tenant('Aurora'), tier: TenantTier.PROFESSIONAL }, tenant('Rival')];
const ALL = ['settings:read', 'settings:update'];
const FIELDS = `version branding { displayName logoUrl primaryColor accentColor whiteLabel supportUrl poweredBy }
  access { ipAllow ipDeny corsOrigins rateLimits { perPersonPerMinute perApiKeyPerMinute } } flags { name enabled byDefault } retention { cartDays messageDays contactDays webhookDeliveryDays notificationDays sessionDays bookingDays auditMonths } maintenance { active message until }`;
const QUERY = `{ tenantSettings { ${FIELDS} } }`;
const UPDATE = `mutation ($input: TenantSettingsUpdateInput!) { tenantSettingsUpdate(input: $input) { settings { ${FIELDS} }
  userErrors { __typename code field ... on SettingsOutdated { version } ... on OwnAddressExcluded { address } ... on FeatureNotInTier { feature tiersThatAllow } } } }`;
const FLAGS = [['api_keys', true], ['live_updates', true], ['customer_panel', true], ['beta_features', false]].map(([name, on]) => ({ name, enabled: on, byDefault: on }));
const DEFAULTS = {
  version: 0, branding: { displayName: null, logoUrl: null, primaryColor: null, accentColor: null, whiteLabel: false, supportUrl: null, poweredBy: true },
  access: { ipAllow: [], ipDeny: [], corsOrigins: [], rateLimits: { perPersonPerMinute: null, perApiKeyPerMinute: null } },
  flags: FLAGS, retention: { cartDays: 90, messageDays: 1825, contactDays: 1825, webhookDeliveryDays: 1825, notificationDays: 180, sessionDays: 180, bookingDays: 1825, auditMonths: 60 },
  maintenance: { active: false, message: 'This workspace is under maintenance.', until: null },
};
const FREE: SettingsInForce = { ipAllow: [], ipDeny: [], origins: [], perMinute: { person: null, apiKey: null }, apiKeys: true, live: true, maintenance: null, windows: [] };

let now = new Date('2026-11-29T09:00:00.000Z');
let subject: TestSubgraph<TenancyServices>;
let behind: Pool;
let owner: Actor;
beforeAll(async () => {
  subject = await bootSubgraph(tenancy, { clock: { now: () => now } });
  behind = new Pool({ connectionString: subject.database.adminUrl, max: 2 });
  await demoTenancy(subject.running.services, { tenants: [aurora, rival] });
  owner = person(aurora.id, ALL);
});
beforeEach(async () => { await behind.query('truncate tenancy.tenant_setting, tenancy.setting_change'); });
afterAll(async () => {
  await behind.end();
  await subject.close();
});

interface Payload {
  settings: typeof DEFAULTS | null;
  userErrors: Record<string, unknown>[];
}
const rows = async (query: string): Promise<unknown[]> => (await behind.query(query)).rows;
const stored = () => rows('select tenant_id, version, settings from tenancy.tenant_setting');
const changes = () => rows('select home from tenancy.setting_change');
const read = async (actor: Actor) => (await subject.ask(QUERY, {}, actor)).data?.['tenantSettings'];
async function update(input: Record<string, unknown>, actor = owner, expectedVersion = 0): Promise<Payload> {
  const { data, errors } = await subject.ask(UPDATE, { input: { expectedVersion, ...input } }, actor);
  expect(errors).toBeUndefined();
  return data?.['tenantSettingsUpdate'] as Payload;
}
const inForce = (id = aurora.id) => subject.running.services.settingsInForce.settings(id);

describe('tenantSettings', () => {
  it('has defaults until changed, keeps what a change does not name, and is each tenant\'s own', async () => {
    expect(await read(owner)).toEqual(DEFAULTS);
    const branding = { displayName: 'Aurora', logoUrl: 'https://cdn.test/logo.svg', primaryColor: '#1A2b3c', accentColor: null, whiteLabel: true, supportUrl: 'https://help.aurora.test/', poweredBy: false };
    expect(await update({ branding, flags: [{ name: 'beta_features', enabled: true }] })).toMatchObject({ userErrors: [], settings: { version: 1, branding } });
    await update({ branding: { displayName: null }, ipDeny: ['10.0.0.0/8', '10.0.0.0/8'], rateLimits: { perPersonPerMinute: 60 } }, owner, 1);
    const after = {
      ...DEFAULTS, version: 2, branding: { ...branding, displayName: null },
      access: { ...DEFAULTS.access, ipDeny: ['10.0.0.0/8'], rateLimits: { perPersonPerMinute: 60, perApiKeyPerMinute: null } },
      flags: FLAGS.map((flag) => (flag.name === 'beta_features' ? { ...flag, enabled: true } : flag)),
    };
    expect(await read(owner)).toEqual(after);
    expect(await read(person(rival.id, ALL))).toEqual(DEFAULTS);
    expect(await read({ ...owner, tenant: null })).toBeNull();
    await update({ flags: [{ name: 'beta_features', enabled: null }], rateLimits: { perPersonPerMinute: null } }, owner, 2);
    expect(await read(owner)).toMatchObject({ flags: FLAGS, access: { rateLimits: { perPersonPerMinute: null } } });
  });

  it('shows branding, features and maintenance to everybody in the tenant, and access to who may read settings', async () => {
    const { data, errors } = await subject.ask(QUERY, {}, person(aurora.id, []));
    expect(data?.['tenantSettings']).toEqual({ ...DEFAULTS, access: null });
    expect(errors).toMatchObject([{ path: ['tenantSettings', 'access'], extensions: { code: 'FORBIDDEN', permission: 'settings:read' } }]);
    expect((await subject.ask(QUERY)).errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });

  it.each([
    ['a person without the right', person(aurora.id, ['settings:read']), 'settings:update'],
    ['an API key', { ...person(aurora.id, ALL), kind: 'api_key' as const, sub: null, session: null, apiKey: newId() }, undefined],
  ])('is not changed by %s', async (_who, actor, permission) => {
    const { data, errors } = await subject.ask(UPDATE, { input: { expectedVersion: 0, ipDeny: ['10.0.0.0/8'] } }, actor);
    expect([data, errors?.[0]?.extensions, await stored()]).toEqual([{ tenantSettingsUpdate: null }, { code: 'FORBIDDEN', ...(permission ? { permission } : {}) }, []]);
  });

  const many = (count: number, of: (index: number) => string): string[] => Array.from({ length: count }, (_, index) => of(index));
  it.each<[string, Record<string, unknown>]>([
    ['branding.displayName', { branding: { displayName: ' ' } }],
    ['branding.logoUrl', { branding: { logoUrl: 'http://cdn.test/logo.svg' } }],
    ['branding.logoUrl', { branding: { logoUrl: 'https://me:secret@cdn.test/' } }],
    ['branding.supportUrl', { branding: { supportUrl: 'http://help.test' } }],
    // What identity keeps of it in its column, and never could.
    ['branding.supportUrl', { branding: { supportUrl: `https://help.test/${'\u{10ffff}'.repeat(900)}` } }],
    ['branding.primaryColor', { branding: { primaryColor: 'red' } }],
    ['ipAllow.1', { ipAllow: ['127.0.0.1', '10.0.0.0/33'] }],
    ['ipDeny', { ipDeny: many(201, (index) => `10.0.${index}.1`) }],
    ['corsOrigins.0', { corsOrigins: ['https://app.test/path'] }],
    ['corsOrigins.0', { corsOrigins: ['http://app.test'] }],
    ['corsOrigins.0', { corsOrigins: ['*'] }],
    ['corsOrigins', { corsOrigins: many(51, (index) => `https://a${index}.test`) }],
    ['rateLimits.perPersonPerMinute', { rateLimits: { perPersonPerMinute: 0 } }],
    ['rateLimits.perApiKeyPerMinute', { rateLimits: { perApiKeyPerMinute: 60_001 } }],
    ['flags.1.name', { flags: [{ name: 'api_keys', enabled: true }, { name: 'constructor', enabled: true }] }],
    ['retention.messageDays', { retention: { messageDays: 29 } }],
    ['retention.webhookDeliveryDays', { retention: { webhookDeliveryDays: 13 } }],
    ['retention.cartDays', { retention: { cartDays: 6 } }],
    ['retention.sessionDays', { retention: { sessionDays: 181 } }],
    ['maintenance.message', { maintenance: { on: true, message: 'two\nlines' } }],
    ['maintenance.until', { maintenance: { on: true, until: '2026-11-29T09:00:00.000Z' } }],
  ])('names input.%s when it is wrong, and writes nothing', async (path, input) => {
    expect(await update({ branding: { whiteLabel: true }, ...input })).toEqual({
      settings: null, userErrors: [{ __typename: 'InputInvalid', code: 'BAD_USER_INPUT', field: ['input', ...path.split('.')] }],
    });
    expect([await stored(), await changes()]).toEqual([[], []]);
  });

  it('is refused to who looked at another version, also when several change it at once', async () => {
    const answers = await Promise.all(many(8, (index) => `#00000${index}`).map((primaryColor) => update({ branding: { primaryColor } })));
    expect(answers.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(1);
    expect(answers.filter(({ userErrors }) => userErrors.length > 0).map(({ userErrors }) => userErrors)).toEqual(
      Array(7).fill([{ __typename: 'SettingsOutdated', code: 'WRONG_STATE', field: ['input', 'expectedVersion'], version: 1 }]));
    expect([await stored(), await changes()]).toMatchObject([[{ version: 1 }], [{ home: aurora.id }]]);
  });

  it.each([
    ['ipAllow', { ipAllow: ['203.0.113.0/24'] }],
    ['ipDeny', { ipDeny: ['127.0.0.0/8'] }],
  ])('does not let %s shut out who sets it, unless they say so', async (list, input) => {
    expect((await update(input)).userErrors).toEqual([
      { __typename: 'OwnAddressExcluded', code: 'BAD_USER_INPUT', field: ['input', list], address: '127.0.0.1' }]);
    expect(await stored()).toEqual([]);
    expect((await update({ ...input, force: true })).settings?.access).toMatchObject(input);
  });

  it('is white label where the tier includes it, told with the tenant\'s name until identity has it', async () => {
    expect((await update({ branding: { whiteLabel: true } }, person(rival.id, ALL))).userErrors).toMatchObject([{ __typename: 'FeatureNotInTier', field: ['input', 'branding', 'whiteLabel'], feature: 'WHITE_LABEL' }]);
    await behind.query(`delete from tenancy.outbox where type = 'TenantUpdated'`);
    await update({ branding: { displayName: 'Aurora at home', supportUrl: 'https://help.aurora.test/é\nhelp' } });
    await update({ branding: { whiteLabel: true } }, owner, 1);
    await update({ branding: { primaryColor: '#000000' } }, owner, 2);
    await update({ branding: { whiteLabel: false } }, owner, 3);
    const told = await rows(`select payload->'brand' as brand from tenancy.outbox where type = 'TenantUpdated' order by id`);
    expect(told).toEqual([{ brand: { name: 'Aurora at home', supportUrl: 'https://help.aurora.test/%C3%A9help', poweredBy: true } }, { brand: null }]);
    expect(await rows(`select announced_at from tenancy.tenant where tenant_id = '${aurora.id}'`)).toEqual([{ announced_at: now }]);
  });

  it('keeps things as long as its tier lets it choose, and orders each day that what is older goes, while it is active', async () => {
    const them = person(rival.id, ALL);
    expect((await update({ retention: { messageDays: 30 } }, them)).userErrors).toEqual([
      { __typename: 'FeatureNotInTier', code: 'FEATURE_NOT_IN_TIER', field: ['input', 'retention'], feature: 'CUSTOM_RETENTION', tiersThatAllow: ['STANDARD', 'PROFESSIONAL', 'ENTERPRISE'] }]);
    expect((await update({ retention: { messageDays: 30, sessionDays: 90 } })).settings?.retention).toEqual({ ...DEFAULTS.retention, messageDays: 30, sessionDays: 90 });
    expect((await update({ retention: { sessionDays: null } }, owner, 1)).settings?.retention).toEqual({ ...DEFAULTS.retention, messageDays: 30 });
    // Whoever chose in a larger tier, and has left it, may go back towards the default and no other way.
    const kept = (retention: Record<string, number | null>, version: number) => update({ retention }, them, version).then(({ userErrors }) => userErrors.length === 0);
    await behind.query(`insert into tenancy.tenant_setting (tenant_id, version, settings, updated_at) values ($1, 0, '{"retention":{"messageDays":30}}', now())`, [rival.id]);
    expect([await kept({ messageDays: 29 + 1, sessionDays: 179 }, 0), await kept({ messageDays: 1_826 }, 0), await kept({ messageDays: 60, sessionDays: null }, 0), await kept({ messageDays: 59 }, 1), await kept({ messageDays: null }, 1)])
      .toEqual([false, false, true, false, true]);
    await behind.query('delete from tenancy.tenant_setting where tenant_id = $1', [rival.id]);
    const { retention } = subject.running.services;
    const orders = () => rows(`select tenant_id, payload from tenancy.outbox where type = 'RetentionOrdered' order by id`);
    const due = (at: Date) => behind.query('update tenancy.tenant set retention_due_at = $1', [at]);
    await due(new Date(now.getTime() + 1));
    expect(await retention.order(aurora.id)).toBe(false);
    await due(now);
    expect(await Promise.all([1, 2, 3].map(() => retention.order(aurora.id)))).toEqual(expect.arrayContaining([true, false, false]));
    const ago = (days: number): string => new Date(now.getTime() - days * 86_400_000).toISOString();
    expect(await orders()).toEqual([{
      tenant_id: aurora.id, payload: {
        orderedAt: now.toISOString(), before: { MESSAGES: ago(30), CONTACTS: ago(1825), WEBHOOK_DELIVERIES: ago(1825), CARTS: ago(90), NOTIFICATIONS: ago(180), SESSIONS: ago(180), BOOKINGS: ago(1825) },
      },
    }]);
    await behind.query(`update tenancy.tenant set state = 'SUSPENDED', suspension_reason = 'Unpaid' where tenant_id = $1`, [rival.id]);
    expect(await retention.order(rival.id)).toBe(false);
    await behind.query(`update tenancy.tenant set state = 'ACTIVE', suspension_reason = null where tenant_id = $1`, [rival.id]);
    expect(await retention.order(rival.id)).toBe(true);
    expect(await orders()).toHaveLength(2);
  });

  it('cannot be set of a tenant that is not there', async () => {
    expect((await update({ branding: { whiteLabel: true } }, person(newId(), ALL))).userErrors).toMatchObject([{ __typename: 'TenantNotOpen', code: 'WRONG_STATE' }]);
  });

  it('is told to the trail: what was changed, as it was and as it is', async () => {
    await update({ ipAllow: ['127.0.0.1'], flags: [{ name: 'api_keys', enabled: false }] });
    expect(await rows(`select event->'before' as before, event->'after' as after, event->'resource' as resource from tenancy.audit_staging
      where event->>'action' = 'tenant_settings.update' and event->>'outcome' = 'SUCCESS' order by id desc limit 1`)).toEqual([{
      before: { ipAllow: [], flags: [] }, after: { ipAllow: ['127.0.0.1'], flags: ['api_keys=off'] }, resource: { type: 'Tenant', id: encodeId('tnt', aurora.id) },
    }]);
  });
});

describe('what gateways are told', () => {
  it('is what was set, of the tenant alone', async () => {
    expect(await inForce()).toEqual(FREE);
    await update({
      ipAllow: ['127.0.0.1'], corsOrigins: ['https://app.test'], rateLimits: { perApiKeyPerMinute: 600 }, flags: [{ name: 'live_updates', enabled: false }],
      maintenance: { on: true, message: 'Back soon', until: '2026-11-29T10:00:00.000Z' },
    });
    expect(await inForce()).toEqual({
      ...FREE, ipAllow: ['127.0.0.1'], origins: ['https://app.test'], perMinute: { person: null, apiKey: 600 }, live: false,
      maintenance: { message: 'Back soon', until: '2026-11-29T10:00:00.000Z', permission: 'settings:update' },
    });
    expect(await inForce(rival.id)).toEqual(FREE);
    expect(await inForce(newId())).toEqual(FREE);
  });

  it('is which origins any tenant lets in, exactly', async () => {
    const origins = ['https://app.test', 'https://app.test:8443', 'https://app.test.evil.test', 'null', ''];
    const known = () => Promise.all(origins.map((origin) => subject.running.services.settingsInForce.knowsOrigin(origin)));
    expect(await known()).toEqual(origins.map(() => false));
    await update({ corsOrigins: ['https://app.test'] });
    expect(await known()).toEqual([true, false, false, false, false]);
  });

  it('is whose settings have changed, once each, and to begin anew when the cursor is not known', async () => {
    const { settingsInForce } = subject.running.services;
    const begun = await settingsInForce.changes(null);
    expect(begun.changes).toBeNull();
    await update({ branding: { whiteLabel: true } });
    const next = await settingsInForce.changes(begun.cursor);
    expect(next.changes).toEqual([{ tenant: aurora.id }]);
    expect((await settingsInForce.changes(next.cursor)).changes).toEqual([]);
    expect((await settingsInForce.changes('nonsense')).changes).toBeNull();
  });

  it('says when maintenance holds, which ends by itself', async () => {
    await update({ maintenance: { on: true, until: '2026-11-29T10:00:00.000Z' } });
    expect(await read(owner)).toMatchObject({ maintenance: { active: true, until: '2026-11-29T10:00:00.000Z' } });
    now = new Date('2026-11-29T10:00:00.000Z');
    expect(await read(owner)).toMatchObject({ maintenance: { active: false } });
    // Again, and this time nobody knows until when.
    await update({ maintenance: { on: true } }, owner, 1);
    expect(await read(owner)).toMatchObject({ version: 2, maintenance: { active: true, until: null } });
    await update({ maintenance: { on: false } }, owner, 2);
    expect(await read(owner)).toMatchObject({ version: 3, maintenance: { active: false, until: null } });
  });
});
