// Somebody from being invited to having left, through the whole product: mails, gateway, rights that count at once, work that is released.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient } from 'graphql-ws';
import { Client } from 'pg';
import { WebSocket } from 'ws';
import { decodeId } from '../../subgraphs/kernel/base/ids.js';
import { operation } from '../kit/client.js';
import { tokenIn } from '../kit/identity.js';
import { bootPlatform, type GraphAnswer, type TestPlatform } from '../kit/platform.js';
import { until } from '../kit/until.js';

const GINA = 'gina@guest.test';
const PASSWORD = 'four words in a row';
const SECOND = 1_000;

let platform: TestPlatform;
let admin: Client;
let owner: string;
let gina: string;
let ginaId: string;
let roles: Map<string, string>;
let conversationId = '';

beforeAll(async () => {
  platform = await bootPlatform({ config: { publicUrl: 'https://app.guest.test' } });
  admin = new Client({ connectionString: platform.database.adminUrl });
  await admin.connect();
  owner = await platform.signIn('owner@demo.test');
  const { data } = await platform.ask('{ roles(first: 100) { nodes { id name } } }', {}, owner);
  roles = new Map((data?.['roles'] as { nodes: { id: string; name: string }[] }).nodes.map(({ id, name }) => [name, id]));
});
afterAll(async () => {
  await admin?.end();
  await platform?.stop();
});

interface Payload { userErrors: { __typename: string; code: string }[]; [field: string]: unknown }

/** One mutation by its name; what it answers. */
async function call(field: string, selection: string, input: Record<string, unknown>, accessToken?: string): Promise<Payload> {
  const Input = `${field[0]?.toUpperCase() ?? ''}${field.slice(1)}Input`;
  const { data, errors } = await platform.ask(`mutation ($input: ${Input}!) { ${field}(input: $input) { ${selection} userErrors { __typename code } } }`, { input }, accessToken);
  if (errors || !data) throw new Error(JSON.stringify(errors));
  return data[field] as Payload;
}
async function done(field: string, selection: string, input: Record<string, unknown>, accessToken = owner): Promise<Payload> {
  const payload = await call(field, selection, input, accessToken);
  if (payload.userErrors.length > 0) throw new Error(`${field} was refused: ${JSON.stringify(payload)}`);
  return payload;
}
const signIn = async (): Promise<string | null> => {
  const { data } = await platform.ask(operation('login'), { input: { email: GINA, password: PASSWORD } });
  return (data?.['login'] as { session: { accessToken: string } | null }).session?.accessToken ?? null;
};
const permissions = async (): Promise<string[]> => {
  const { data } = await platform.ask('{ viewer { permissions } }', {}, gina);
  return (data?.['viewer'] as { permissions: string[] } | null)?.permissions ?? [];
};
const codeOf = ({ errors }: GraphAnswer): unknown => errors?.[0]?.extensions?.['code'];
const readsKeys = async (): Promise<unknown> => codeOf(await platform.ask('{ apiKeys { nodes { id } } }', {}, gina));
const rejected = async (): Promise<boolean> => codeOf(await platform.ask('{ viewer { user { id } } }', {}, gina)) === 'UNAUTHENTICATED';

/** Resolves once the server has taken the socket; `closed` resolves when it ends it. */
function openSocket(accessToken: string): Promise<{ closed: Promise<void> }> {
  return new Promise((resolve, reject) => {
    const closed = new Promise<void>((ended) => {
      createClient({
        url: platform.wsUrl, webSocketImpl: WebSocket, lazy: false, retryAttempts: 0, connectionParams: { authorization: `Bearer ${accessToken}` },
        onNonLazyError: () => undefined, on: { connected: () => resolve({ closed }), closed: () => ended(), error: reject },
      });
    });
  });
}

async function mailed(count: number): Promise<string> {
  await until(async () => (await platform.mails(GINA)).length >= count, `mail ${count} is sent`);
  return (await platform.mails(GINA))[count - 1]?.text ?? '';
}
/** Everything a refusal must leave as it was. */
const written = async (): Promise<unknown> => (await admin.query(`select (select count(*) from identity.invitation) as invitations, (select count(*) from identity.membership) as members,
  (select count(*) from identity.membership_role) as grants, (select count(*) from identity.account) as accounts, (select count(*) from identity.role) as roles`)).rows;

describe('somebody who works here for a while', () => {
  it('is invited by mail, and nobody but a manager of people can do that', async () => {
    const before = await written();
    const agent = await platform.signIn('agent@demo.test');
    const input = { email: GINA, roleIds: [roles.get('Viewer') ?? ''] };
    expect(codeOf(await platform.ask(operation('invitation-create'), { input }, agent))).toBe('FORBIDDEN');
    const boss = await platform.signIn('admin@demo.test');
    expect(await call('invitationCreate', 'invitation { id }', { ...input, roleIds: [roles.get('Owner') ?? ''] }, boss)).toMatchObject({ invitation: null, userErrors: [{ code: 'GRANT_REFUSED' }] });
    expect(await written()).toEqual(before);
    expect(await done('invitationCreate', 'invitation { status email }', input, boss)).toMatchObject({ invitation: { status: 'PENDING', email: GINA } });
    expect(await mailed(1)).toContain(`https://app.guest.test/accept-invitation#token=`);
  });

  it('joins with a new account, once', async () => {
    const token = tokenIn(await mailed(1));
    const accept = (input: Record<string, unknown>) => platform.ask(operation('invitation-accept'), { input });
    expect((await accept({ token })).data).toMatchObject({ invitationAccept: { tenantId: null, userErrors: [{ accountExists: false }] } });
    expect((await accept({ token, password: PASSWORD, displayName: 'Gina' })).data).toMatchObject({ invitationAccept: { tenantId: expect.stringMatching(/^tnt_/), userErrors: [] } });
    const before = await written();
    expect((await accept({ token, password: PASSWORD, displayName: 'Gina' })).data).toMatchObject({ invitationAccept: { tenantId: null, userErrors: [{ code: 'TOKEN_INVALID' }] } });
    expect(await written()).toEqual(before);
    gina = await signIn() ?? '';
    const { data } = await platform.ask('{ viewer { user { id displayName } roles { name } tenant { name } } }', {}, gina);
    expect(data).toMatchObject({ viewer: { user: { displayName: 'Gina' }, roles: [{ name: 'Viewer' }], tenant: { name: 'Trattoria Aurora' } } });
    ginaId = (data?.['viewer'] as { user: { id: string } }).user.id;
  });

  it('gets a role of the tenant\'s own for a while: it counts within a second, and ends at its instant', async () => {
    const { role } = await done('roleCreate', 'role { id }', { name: 'Key keeper', permissions: ['api_key:read'] });
    const roleId = (role as { id: string }).id;
    expect(await readsKeys()).toBe('FORBIDDEN');
    const later = new Date(Date.now() + 60 * 60_000).toISOString();
    await done('roleGrant', 'user { id }', { userId: ginaId, roleId, until: later });
    // The gateway believes what it heard of a session for a second.
    await until(async () => await readsKeys() === undefined, 'the grant counts', SECOND);
    const soon = Date.now() + 2 * SECOND;
    await done('roleGrant', 'user { id }', { userId: ginaId, roleId, until: new Date(soon).toISOString() });
    await until(async () => await readsKeys() === 'FORBIDDEN', 'the grant has ended');
    expect(Date.now()).toBeGreaterThanOrEqual(soon);
    expect(await permissions()).not.toContain('api_key:read');
    const { data } = await platform.ask('query ($userId: ID!) { accessExplain(userId: $userId, permission: "api_key:read") { allowed reasons { kind role { name } until } } }', { userId: ginaId }, owner);
    expect(data).toMatchObject({ accessExplain: { allowed: false, reasons: expect.arrayContaining([expect.objectContaining({ role: { name: 'Key keeper' }, until: new Date(soon).toISOString() })]) } });
  });

  it('is suspended: token and open socket are dead within a second, and signing in is refused', async () => {
    const { closed } = await openSocket(gina);
    await done('userSuspend', 'user { status }', { userId: ginaId });
    await until(rejected, 'the token is refused', SECOND);
    await closed;
    expect(await signIn()).toBeNull();
  });

  it('is let in again, with the old role and a new session', async () => {
    expect(await done('userReactivate', 'user { status roles { name } }', { userId: ginaId })).toMatchObject({ user: { status: 'ACTIVE', roles: [{ name: 'Viewer' }] } });
    expect(await rejected()).toBe(true);
    gina = await signIn() ?? '';
    expect(await rejected()).toBe(false);
  });

  it('leaves: sessions and roles end, the open conversation waits for somebody else, the name stays', async () => {
    await platform.deliver('Is there a table for two tonight?');
    const assignee = async () => {
      const { data } = await platform.ask('{ conversations { nodes { id assignee { id displayName } } } }', {}, owner);
      const [conversation] = (data?.['conversations'] as { nodes: { id: string; assignee: { id: string } | null }[] }).nodes;
      conversationId = conversation?.id ?? '';
      return conversation?.assignee?.id ?? null;
    };
    await until(async () => (await assignee(), conversationId !== ''), 'the conversation is there');
    // Nothing assigns conversations yet.
    await admin.query('update conversations.conversation set assignee_id = $1', [decodeId('user', ginaId)]);
    expect(await assignee()).toBe(ginaId);
    expect(await done('userDelete', 'user { displayName status email }', { userId: ginaId })).toMatchObject({ user: { displayName: 'Gina', status: 'DELETED', email: null } });
    await until(rejected, 'the token is refused', SECOND);
    expect(await signIn()).toBeNull();
    await until(async () => await assignee() === null, 'the conversation is released');
    await until(async () => (await admin.query('select 1 from identity.membership where removal_announced_at is not null')).rowCount === 0, 'the release is confirmed');
  });

  it('is invited again, and comes back by her password without what she held', async () => {
    await done('invitationCreate', 'invitation { id }', { email: GINA, roleIds: [roles.get('Agent') ?? ''] });
    const token = tokenIn(await mailed(2));
    expect((await platform.ask(operation('invitation-accept'), { input: { token, password: PASSWORD } })).data).toMatchObject({ invitationAccept: { userErrors: [] } });
    gina = await signIn() ?? '';
    const { data } = await platform.ask('{ viewer { user { id displayName } roles { name } } }', {}, gina);
    expect(data).toMatchObject({ viewer: { user: { id: ginaId, displayName: 'Gina' }, roles: [{ name: 'Agent' }] } });
  });

  it('is told of in the trail, without her address', async () => {
    const expected = ['invitation.create', 'invitation.accept', 'role.create', 'role.grant', 'user.suspend', 'user.reactivate', 'user.delete', 'membership.revive'];
    const trail = async () => JSON.stringify((await platform.ask('{ auditEvents(first: 100) { nodes { action outcome resource { id } } } }', {}, owner)).data);
    await until(async () => {
      const text = await trail();
      return expected.every((action) => text.includes(`"${action}"`));
    }, 'the trail tells the whole story');
    const { rows } = await admin.query<{ found: boolean }>('select exists (select from compliance.audit_event e where e::text like $1) as found', [`%${GINA}%`]);
    expect(rows).toEqual([{ found: false }]);
  });
});
