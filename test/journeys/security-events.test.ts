// From outside: somebody guesses a password; whoever looks after the tenant sees it live, looks at what it rests on, and says so. Nobody else does.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createClient, type Client as SocketClient } from 'graphql-ws';
import { Client } from 'pg';
import { WebSocket } from 'ws';
import { decodeBase32 } from '../../subgraphs/identity/mfa/base32.fixture.js';
import { hotp, stepOf } from '../../subgraphs/identity/mfa/totp.js';
import { DEMO_PASSWORD } from '../../ops/demo/demo.facts.js';
import { operation } from '../kit/client.js';
import { bootPlatform, type TestPlatform } from '../kit/platform.js';
import { until } from '../kit/until.js';

interface SecurityEvent {
  id: string; rule: string; severity: string; state: string; text: string; count: number; note: string | null; auditEventIds: string[];
  subject: { kind: string; id: string; user: { displayName: string } | null }; acknowledgedBy: { displayName: string } | null;
}
type News = { __typename: 'SecurityEventAdded' | 'SecurityEventFeedGap'; cursor: string; securityEvent?: SecurityEvent };

let platform: TestPlatform;
let owner: string;
let rival: string;
let agent: string;
const sockets: SocketClient[] = [];

beforeAll(async () => {
  platform = await bootPlatform();
  [owner, rival, agent] = await Promise.all(['owner@demo.test', 'owner@rival.test', 'agent@demo.test'].map((email) => platform.signIn(email))) as [string, string, string];
});
afterAll(async () => {
  for (const socket of sockets) socket.terminate();
  await platform?.stop();
});

/** What a person hears live from a cursor on; without one after the first gap, which shows that the subscription stands. */
async function follow(token: string, after?: string): Promise<{ news: News[]; failures: unknown[] }> {
  const heard = { news: [] as News[], failures: [] as unknown[] };
  const client = createClient({ url: platform.wsUrl, webSocketImpl: WebSocket, connectionParams: { authorization: `Bearer ${token}` }, retryAttempts: 0 });
  sockets.push(client);
  client.subscribe<{ securityEventAdded: News }>({ query: operation('security-event-added'), variables: { after: after ?? 'bm9uc2Vuc2U' } }, {
    next: ({ data, errors }) => { if (data) heard.news.push(data.securityEventAdded); else heard.failures.push(errors); },
    error: (error) => heard.failures.push(error), complete: () => undefined,
  });
  if (after === undefined) await until(async () => heard.failures.length > 0 || heard.news.shift()?.__typename === 'SecurityEventFeedGap', 'the subscription stands');
  return heard;
}
const list = async (token: string, filter: Record<string, unknown> = {}): Promise<SecurityEvent[]> =>
  ((await platform.ask(operation('security-event-list'), { filter }, token)).data?.['securityEvents'] as { nodes: SecurityEvent[] }).nodes;
const guess = async (email: string): Promise<void> => {
  const { data } = await platform.ask(operation('login'), { input: { email, password: 'not the right one' } });
  expect(data?.['login']).toMatchObject({ session: null, userErrors: [{ code: 'INVALID_CREDENTIALS' }] });
};

it('guessing a password is seen live by who looks after the tenant, followed up and acknowledged', async () => {
  const [mine, theirs] = [await follow(owner), await follow(rival)];
  for (let tries = 0; tries < 5; tries += 1) await guess('viewer@demo.test');
  await until(async () => mine.news.length === 1, 'the owner hears of it', 15_000);
  const seen = mine.news[0]?.securityEvent;
  expect(seen).toMatchObject({
    rule: 'BRUTE_FORCE_ACCOUNT', severity: 'ERROR', state: 'OPEN', count: 5, text: 'Somebody keeps guessing the password or code of an account.',
    subject: { kind: 'USER', user: { displayName: 'Victor Viewer' } },
  });

  // The others who may acknowledge it are told, and led to it.
  const inbox = async (token: string) => ((await platform.ask(operation('notification-list'), {}, token)).data?.['viewer'] as { notifications: { nodes: { kind: string; subjectId: string }[] } }).notifications.nodes;
  const admin = await platform.signIn('admin@demo.test');
  await until(async () => (await inbox(admin)).length === 1, 'the administrator is told', 15_000);
  expect(await inbox(admin)).toMatchObject([{ kind: 'SECURITY_EVENT', subjectId: seen?.id, title: 'This looks like an attack' }]);
  expect(await inbox(agent)).toEqual([]);
  const node = (token: string) => platform.ask('query ($id: ID!) { node(id: $id) { id ... on SecurityEvent { rule } } }', { id: seen?.id }, token);
  expect((await node(admin)).data).toEqual({ node: { id: seen?.id, rule: 'BRUTE_FORCE_ACCOUNT' } });
  expect((await node(rival)).data).toEqual({ node: null });

  // Its causes are in the trail, by their ids.
  const [listed] = await list(owner, { state: 'OPEN', severities: ['ERROR', 'CRITICAL'] });
  expect(listed?.id).toBe(seen?.id);
  const trail = await platform.ask('query ($filter: AuditFilter) { auditEvents(filter: $filter) { nodes { id outcome reason } } }', {
    filter: { action: 'auth.login', outcome: 'FAILURE', resourceId: seen?.subject.id } }, owner);
  const causes = (trail.data?.['auditEvents'] as { nodes: { id: string }[] }).nodes.map(({ id }) => id);
  expect([...causes].sort()).toEqual([...listed?.auditEventIds ?? []].sort());
  expect(causes).toHaveLength(5);

  const input = { id: seen?.id, note: 'Called Victor: it was his son.' };
  expect((await platform.ask(operation('security-event-acknowledge'), { input }, rival)).data?.['securityEventAcknowledge']).toMatchObject({
    securityEvent: null, userErrors: [{ __typename: 'SecurityEventNotFound', field: ['input', 'id'] }] });
  expect((await platform.ask(operation('security-event-acknowledge'), { input }, agent)).errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', permission: 'audit:manage' });
  expect((await platform.ask(operation('security-event-acknowledge'), { input }, owner)).data?.['securityEventAcknowledge']).toMatchObject({
    securityEvent: { state: 'ACKNOWLEDGED', acknowledgedBy: { displayName: 'Olivia Owner' }, note: input.note }, userErrors: [] });
  expect(await list(owner, { state: 'OPEN', rules: ['BRUTE_FORCE_ACCOUNT'] })).toEqual([]);

  // What comes after that is not even judged; the last test looks for its count.
  const tooMany = await platform.ask('mutation Guess($input: LoginInput!) { login(input: $input) { session { accessToken } } }', { input: { email: 'viewer@demo.test', password: 'wrong' } });
  expect(tooMany).toEqual({ data: { login: { session: null } } });

  // The other tenant's own is heard by them, and is the first they hear.
  for (let tries = 0; tries < 5; tries += 1) await guess('owner@rival.test');
  await until(async () => theirs.news.length > 0, 'the other owner hears of theirs', 15_000);
  expect(theirs.news[0]?.securityEvent?.subject.user?.displayName).toBe('Rita Rival');
  expect((await list(rival)).map(({ id }) => id)).not.toContain(seen?.id);
  expect(mine.news).toHaveLength(1);
  expect([mine.failures, theirs.failures]).toEqual([[], []]);
});

it('a role that manages people is told to whoever comes back after it, and to nobody without the right', async () => {
  const live = await follow(owner);
  const { data } = await platform.ask('{ roles(first: 100) { nodes { id name } } users(first: 100) { nodes { id displayName } } }', {}, owner);
  const roleId = (data?.['roles'] as { nodes: { id: string; name: string }[] }).nodes.find(({ name }) => name === 'Administrator')?.id;
  const userId = (data?.['users'] as { nodes: { id: string; displayName: string }[] }).nodes.find(({ displayName }) => displayName === 'Anna Analyst')?.id;
  const granted = await platform.ask('mutation ($input: RoleGrantInput!) { roleGrant(input: $input) { userErrors { code } } }', { input: { roleId, userId } }, owner);
  expect(granted.data).toEqual({ roleGrant: { userErrors: [] } });
  await until(async () => live.news.length === 1, 'the grant is heard', 15_000);
  const [first] = live.news;
  expect(first?.securityEvent).toMatchObject({ rule: 'PRIVILEGE_GRANTED', severity: 'WARNING', subject: { kind: 'USER', id: userId } });
  for (const socket of sockets.splice(0)) socket.terminate();

  const again = await platform.ask('mutation ($input: RoleCreateInput!) { roleCreate(input: $input) { userErrors { code } } }', {
    input: { name: 'Deputy', permissions: ['user:manage'] } }, owner);
  expect(again.data).toEqual({ roleCreate: { userErrors: [] } });
  await until(async () => (await list(owner, { rules: ['ROLE_WIDENED'] })).length === 1, 'the role is noticed', 15_000);
  const resumed = await follow(owner, first?.cursor);
  await until(async () => resumed.news.length === 1, 'what came meanwhile is replayed', 15_000);
  expect(resumed.news[0]?.securityEvent?.rule).toBe('ROLE_WIDENED');

  const denied = await follow(agent);
  expect(denied.news).toEqual([]);
  expect(JSON.stringify(denied.failures)).toContain('audit:read');
});

it('asking for a session in a tenant one does not belong to is seen', async () => {
  const { data } = await platform.ask('{ viewer { tenant { id } } }', {}, rival);
  const tenantId = (data?.['viewer'] as { tenant: { id: string } }).tenant.id;
  const answer = await platform.ask('mutation ($input: SessionSwitchTenantInput!) { sessionSwitchTenant(input: $input) { userErrors { code } } }', { input: { tenantId } }, agent);
  expect(answer.data).toEqual({ sessionSwitchTenant: { userErrors: [{ code: 'BAD_USER_INPUT' }] } });
  await until(async () => (await list(owner, { rules: ['CROSS_TENANT_ATTEMPT'] })).length === 1, 'the attempt is noticed', 15_000);
  expect(await list(owner, { rules: ['CROSS_TENANT_ATTEMPT'] })).toMatchObject([{ severity: 'ERROR', count: 1, subject: { kind: 'USER' } }]);
});

it('a sign-in that setting up a second factor completes is one too: from another browser it is told', async () => {
  const mutate = async (document: string, input: Record<string, unknown>, token?: string) => {
    const response = await fetch(`${platform.url}/graphql`, { method: 'POST', body: JSON.stringify({ query: document, variables: { input } }),
      headers: { 'content-type': 'application/json', 'user-agent': 'Lynx/2.9', ...(token ? { authorization: `Bearer ${token}` } : {}) } });
    const { data } = await response.json() as { data: Record<string, Record<string, Record<string, string>>> };
    return Object.values(data)[0];
  };
  await mutate('mutation ($input: SecurityPolicyUpdateInput!) { securityPolicyUpdate(input: $input) { userErrors { code } } }', { mfaRequired: true }, owner);
  const token = (await mutate(operation('login'), { email: 'owner@demo.test', password: DEMO_PASSWORD }))?.['mfaChallenge']?.['token'];
  const set = await mutate('mutation ($input: MfaChallengeSetUpInput!) { mfaChallengeSetUp(input: $input) { provisioning { secret } } }', { token });
  const code = hotp(decodeBase32(set?.['provisioning']?.['secret'] ?? ''), stepOf(new Date()));
  const done = await mutate('mutation ($input: MfaChallengeConfirmInput!) { mfaChallengeConfirm(input: $input) { session { accessToken } } }', { token, code });
  const inside = done?.['session']?.['accessToken'] ?? '';
  await until(async () => (await list(inside, { rules: ['NEW_DEVICE'] })).length === 1, 'the new browser is noticed', 15_000);
});

it('attempts that were too many are counted as such, also where nobody asked for the code', async () => {
  await platform.gateway.drain();
  const client = new Client({ connectionString: platform.database.adminUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ actor: string; counts: unknown }>(`select event->'actor'->>'kind' as actor, event->'after'->'counts' as counts from identity.platform_audit_staging
      where event->>'action' = 'api.rate_limited' union all select actor_kind, after->'counts' from compliance.platform_audit_event where action = 'api.rate_limited'`);
    expect(rows).toEqual([{ actor: 'anonymous', counts: [{ operation: 'Guess', code: 'RATE_LIMITED', count: 1 }] }]);
  } finally {
    await client.end();
  }
});
