// A tenant outgrows its tier, through the whole product: refused, told, upgraded, charged; and what it is granted is in force where it is used.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { operation } from '../kit/client.js';
import { tokenIn } from '../kit/identity.js';
import { bootPlatform, type TestPlatform } from '../kit/platform.js';
import { until } from '../kit/until.js';

const [MAIL, PASSWORD] = ['luna@osteria.test', 'four words in a row'];
const PAID = ['STANDARD', 'PROFESSIONAL', 'ENTERPRISE'];
const LIMITS = '... on QuotaExceeded { quota limit used plansThatAllow } ... on FeatureNotInTier { feature tiersThatAllow }';
const BOT = `mutation ($input: BotCreateInput!) { botCreate(input: $input) { bot { id } userErrors { __typename ${LIMITS} } } }`;
const KEY = `mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { secret userErrors { __typename ${LIMITS} } } }`;
const PLAN = 'mutation ($input: TenantPlanChangeInput!) { tenantPlanChange(input: $input) { tenantPlan { tier plan } userErrors { __typename } } }';

let platform: TestPlatform;
beforeAll(async () => { platform = await bootPlatform({ demo: false }); });
afterAll(() => platform?.stop());

async function ask<Data>(query: string, input?: Record<string, unknown>, token?: string): Promise<Data> {
  const { data, errors } = await platform.ask(query, input ? { input } : {}, token);
  if (errors || !data) throw new Error(JSON.stringify(errors));
  return data as Data;
}

it('is refused a second bot and a key on FREE, is told, changes its plan, and has both', async () => {
  await ask(operation('account-register'), { email: MAIL, displayName: 'Luna', organizationName: 'Osteria Luna' });
  await until(async () => (await platform.mails(MAIL)).length > 0, 'the mail is sent');
  await ask(operation('account-email-verify'), { token: tokenIn((await platform.mails(MAIL))[0]?.text ?? ''), password: PASSWORD });
  const { login } = await ask<{ login: { session: { accessToken: string } } }>(operation('login'), { email: MAIL, password: PASSWORD });
  const { accessToken: token } = login.session;
  const plan = async () => (await ask<{ tenantPlan: { tier: string; limits: { quota: string; used: string | null }[] } | null }>('{ tenantPlan { tier limits { quota used } } }', undefined, token)).tenantPlan;
  await until(async () => (await plan()) !== null, 'tenancy has the tenant');

  expect(await ask(BOT, { name: 'Porter' }, token)).toMatchObject({ botCreate: { bot: {}, userErrors: [] } });
  expect(await ask(BOT, { name: 'Second' }, token)).toEqual({
    botCreate: { bot: null, userErrors: [{ __typename: 'QuotaExceeded', quota: 'BOTS', limit: '1', used: '1', plansThatAllow: PAID }] },
  });
  const key = { name: 'Till', scopes: ['conversation:read'] };
  expect(await ask(KEY, key, token)).toEqual({ apiKeyCreate: { secret: null, userErrors: [{ __typename: 'FeatureNotInTier', feature: 'API_KEYS', tiersThatAllow: PAID }] } });

  // Basic audit: that a bot was made is sealed, and not shown.
  const trail = async () => (await ask<{ auditEvents: { nodes: { action: string }[]; limitedTo: { tiersThatAllow: string[] } | null } }>('{ auditEvents(first: 100) { nodes { action } limitedTo { tiersThatAllow } } }', undefined, token)).auditEvents;
  await until(async () => (await trail()).nodes.some(({ action }) => action === 'auth.login'), 'the sign-in is sealed');
  expect([(await trail()).limitedTo, (await trail()).nodes.filter(({ action }) => action === 'bot.create')]).toEqual([{ tiersThatAllow: PAID }, []]);
  const told = async () => (await ask<{ viewer: { notifications: { nodes: { kind: string; text: string }[] } } }>('{ viewer { notifications(first: 5) { nodes { kind text } } } }', undefined, token)).viewer.notifications.nodes;
  await until(async () => (await told()).length > 0, 'the owner is told');
  expect(await told()).toEqual([{ kind: 'USAGE_LIMIT', text: '100 percent of a limit of your organization is reached: BOTS, 1 of 1.' }]);
  await until(async () => (await plan())?.limits.find(({ quota }) => quota === 'USERS')?.used === '1', 'tenancy knows of the owner');

  expect(await ask(PLAN, { plan: 'STARTUP' }, token)).toEqual({ tenantPlanChange: { tenantPlan: { tier: 'STANDARD', plan: 'STARTUP' }, userErrors: [] } });
  expect(await ask(BOT, { name: 'Second' }, token)).toMatchObject({ botCreate: { userErrors: [] } });
  await until(async () => (await ask<{ apiKeyCreate: { secret: string | null } }>(KEY, key, token)).apiKeyCreate.secret !== null, 'identity has heard of it');
  await until(async () => (await trail()).limitedTo === null, 'compliance has heard of it');
  expect((await trail()).nodes.filter(({ action }) => action === 'bot.create').length).toBeGreaterThan(0);
  // What is stored and done for the tenant is told, with all that is counted.
  await ask('mutation ($input: AuditExportRequestInput!) { auditExportRequest(input: $input) { auditExport { id } } }', { format: 'CSV', idempotencyKey: 'first' }, token);
  const usage = async () => (await ask<{ tenantUsage: { measures: { name: string; used: string }[] } }>('{ tenantUsage { measures { name used } } }', undefined, token)).tenantUsage.measures;
  const of = async (name: string): Promise<number> => Number((await usage()).find((measure) => measure.name === name)?.used ?? -1);
  await until(async () => await of('STORAGE_BYTES') > 0 && await of('JOBS') === 1, 'tenancy knows of the file', 30_000);
  expect((await usage()).map(({ name }) => name)).toEqual(['API_CALLS', 'API_KEYS', 'BOTS', 'CONVERSATIONS', 'JOBS', 'MESSAGES_IN', 'MESSAGES_OUT', 'STORAGE_BYTES', 'USERS']);
  const { invoices } = await ask<{ invoices: { nodes: { number: number; totalMinor: string }[] } }>('{ invoices { nodes { number totalMinor } } }', undefined, token);
  // All of the month, but for the minutes that may have passed.
  expect(invoices.nodes).toEqual([{ number: 1, totalMinor: expect.stringMatching(/^(9900|98\d\d)$/) }]);
});
