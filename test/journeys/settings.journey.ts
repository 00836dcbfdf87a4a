// What a tenant sets holds everywhere a moment later, open sockets included, for nobody else, and without a restart.
// The same journey is walked in one process and in seven, behind a trusted proxy on 127.0.0.1.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { operation } from '../kit/client.js';
import type { GraphAnswer, TestPlatform } from '../kit/platform.js';
import { until } from '../kit/until.js';
import { Kept } from './access.journey.js';

type SettingsPlatform = Pick<TestPlatform, 'url' | 'wsUrl' | 'ask' | 'signIn' | 'deliver'>;

interface Payload {
  settings: { version: number; maintenance: { active: boolean } } | null;
  userErrors: { __typename: string; field: string[]; address?: string; version?: number }[];
}

const VIEWER = '{ viewer { tenant { name } } }';
const SERVED = { data: { viewer: { tenant: { name: 'Trattoria Aurora' } } } };
const NETWORK = '198.51.100.0/24';
const ELSEWHERE = { 'x-forwarded-for': '198.51.100.7' };
const [MINE, STRANGE] = ['https://app.aurora.test', 'https://app.stranger.test'];

export function walkSettings(platform: () => SettingsPlatform): void {
  let admin: string;
  let agent: string;
  let rival: string;
  let version = 0;

  beforeAll(async () => {
    [admin, agent, rival] = await Promise.all(['admin@demo.test', 'agent@demo.test', 'owner@rival.test'].map((email) => platform().signIn(email))) as [string, string, string];
    const { data } = await platform().ask(operation('tenant-settings'), {}, admin);
    ({ version } = data?.['tenantSettings'] as { version: number });
  });

  const post = (token: string, headers: Record<string, string> = {}): Promise<Response> => fetch(`${platform().url}/graphql`, {
    method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers }, body: JSON.stringify({ query: VIEWER }),
  });
  const ask = async (token: string, headers?: Record<string, string>): Promise<GraphAnswer> => (await post(token, headers)).json() as Promise<GraphAnswer>;
  const refusal = async (token: string, headers?: Record<string, string>): Promise<unknown> => (await ask(token, headers)).errors?.[0]?.extensions ?? null;
  const update = async (input: Record<string, unknown>, token = admin): Promise<Payload> => {
    const { data, errors } = await platform().ask(operation('tenant-settings-update'), { input: { expectedVersion: version, ...input } }, token);
    expect(errors).toBeUndefined();
    const payload = data?.['tenantSettingsUpdate'] as Payload;
    version = payload.settings?.version ?? version;
    return payload;
  };
  const holds = async (check: () => Promise<boolean>, what: string): Promise<void> => until(check, what);

  describe('what a tenant sets', () => {
    it('about networks shuts out who comes from elsewhere, and never its author by mistake', async () => {
      const [here, elsewhere] = [await Kept.open(platform().wsUrl, { authorization: `Bearer ${agent}` }), await Kept.open(platform().wsUrl, { authorization: `Bearer ${agent}` }, ELSEWHERE)];
      const before = version;
      expect(await update({ ipAllow: [NETWORK] })).toMatchObject({ settings: null, userErrors: [{ __typename: 'OwnAddressExcluded', field: ['input', 'ipAllow'], address: '127.0.0.1' }] });
      expect([await refusal(agent, ELSEWHERE), version]).toEqual([null, before]);
      expect(await update({ ipDeny: [NETWORK] })).toMatchObject({ userErrors: [] });
      await holds(async () => elsewhere.closed === 4403, 'the socket from elsewhere is closed');
      expect(await refusal(agent, ELSEWHERE)).toEqual({ code: 'FORBIDDEN', reason: 'address' });
      expect([await ask(agent), await here.run(VIEWER)]).toEqual([SERVED, SERVED]);
      expect(await refusal(rival, ELSEWHERE)).toBeNull();
      here.close();
      await update({ ipDeny: [] });
      await holds(async () => (await refusal(agent, ELSEWHERE)) === null, 'they are let in again');
    });

    it('about origins lets its pages call, and those of others for their own tenant only', async () => {
      const preflight = (origin: string) => fetch(`${platform().url}/graphql`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
      expect((await preflight(MINE)).status).toBe(403);
      await update({ corsOrigins: [MINE] });
      await holds(async () => (await preflight(MINE)).status === 204, 'the page may call');
      const answer = await post(agent, { origin: MINE });
      expect([answer.headers.get('access-control-allow-origin'), await answer.json()]).toEqual([MINE, SERVED]);
      expect([await refusal(agent, { origin: STRANGE }), await refusal(rival, { origin: MINE })]).toEqual(Array(2).fill({ code: 'FORBIDDEN', reason: 'origin' }));
    });

    it('about features is refused by the name of what is wrong, or switches them', async () => {
      expect(await update({ flags: [{ name: 'time_travel', enabled: true }] })).toMatchObject({ settings: null, userErrors: [{ __typename: 'InputInvalid', field: ['input', 'flags', '0', 'name'] }] });
      expect(await update({ expectedVersion: version - 1, flags: [] })).toMatchObject({ userErrors: [{ __typename: 'SettingsOutdated', version }] });
      const off = await update({ flags: [{ name: 'live_updates', enabled: false }] });
      expect(off.userErrors).toEqual([]);
      expect(await update({ flags: [{ name: 'live_updates', enabled: null }] })).toMatchObject({ userErrors: [] });
    });

    it('about maintenance keeps everybody out but its administrators, and loses no customer\'s message', async () => {
      await update({ maintenance: { on: true, message: 'Counting the stock' } });
      await holds(async () => (await refusal(agent) as { code?: string } | null)?.code === 'MAINTENANCE', 'the agent is refused');
      const refused = await post(agent);
      expect([refused.status, (await refused.json() as GraphAnswer).errors?.[0]?.message]).toEqual([503, 'Counting the stock']);
      expect([await ask(admin), await refusal(rival)]).toEqual([SERVED, null]);
      const text = 'Is there a table during maintenance?';
      expect((await platform().deliver(text)).status).toBe(200);
      expect((await update({ maintenance: { on: false } })).settings?.maintenance.active).toBe(false);
      await holds(async () => (await refusal(agent)) === null, 'the agent is served again');
      await holds(async () => JSON.stringify(await platform().ask('{ conversations { nodes { lastMessage { text } } } }', {}, agent)).includes(text), 'the message is there');
    });
  });
}
