// The list of signed-in devices, and ending one, the others, all; one's own, or a colleague's as an administrator.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { anonymous, type Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { AURORA, LOGIN, PASSWORD, TestIdentity, type Tokens } from '../../../test/kit/identity.js';
import { People } from '../../../test/kit/people.js';
import { deviceOf } from './session.device.js';

const LIST = `query ($first: Int, $after: String) { viewer { sessions(first: $first, after: $after) {
  nodes { id device ip createdAt lastSeenAt expiresAt current } edges { cursor node { id } } pageInfo { hasNextPage endCursor } } } }`;
const OF = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { id sessions { nodes { id device } } } } }';
const REVOKE = `mutation ($input: SessionRevokeInput!) { sessionRevoke(input: $input) { sessionsEnded userErrors { __typename code field } } }`;
const REVOKE_MANY = `mutation ($input: SessionsRevokeInput!) { sessionsRevoke(input: $input) { sessionsEnded userErrors { __typename } } }`;
const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0';

let identity: TestIdentity;
beforeAll(async () => { identity = await TestIdentity.boot(); });
afterAll(() => identity.close());

interface Listed { nodes: Record<string, unknown>[]; edges: { cursor: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } }

async function signIn(email: string, userAgent = 'test'): Promise<{ actor: Actor; id: string; uuid: string }> {
  const { data } = await identity.subject.ask(LOGIN, { input: { email, password: PASSWORD, ...(email === 'both@demo.test' ? { tenantId: encodeId('tnt', AURORA) } : {}) } },
    anonymous('127.0.0.1', userAgent));
  const { session } = data?.['login'] as { session: Tokens };
  const actor = await identity.actorOf(session.accessToken);
  return { actor, id: encodeId('sess', actor.session ?? ''), uuid: actor.session ?? '' };
}
const list = async (actor: Actor, variables = {}): Promise<Listed> =>
  ((await identity.subject.ask(LIST, variables, actor)).data?.['viewer'] as { sessions: Listed }).sessions;
const alive = async (uuid: string) => (await identity.port.session(uuid)).ok;
const reference = (email: string) => ({ __typename: 'User', id: encodeId('user', identity.userIds.get(email) ?? '') });

describe('viewer.sessions', () => {
  it('lists the devices of this person in this tenant, newest first, page by page', async () => {
    const old = await signIn('viewer@demo.test', FIREFOX);
    identity.advance(60_000);
    const here = await signIn('viewer@demo.test', 'curl/8.5.0');
    await signIn('owner@demo.test');
    const { nodes, pageInfo, edges } = await list(here.actor, { first: 1 });
    expect(nodes).toEqual([{
      id: here.id, device: 'curl', ip: '127.0.0.1', current: true, createdAt: identity.now.toISOString(), lastSeenAt: identity.now.toISOString(),
      expiresAt: new Date(identity.now.getTime() + 14 * 86_400_000).toISOString(),
    }]);
    expect(pageInfo).toEqual({ hasNextPage: true, endCursor: edges[0]?.cursor });
    expect((await list(here.actor, { first: 1, after: pageInfo.endCursor })).nodes).toMatchObject([{ id: old.id, device: 'Firefox on Windows', current: false }]);
    expect((await identity.subject.ask(LIST, { after: 'nonsense' }, here.actor)).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect((await identity.subject.ask(LIST, { first: 101 }, here.actor)).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it('shows nothing that has ended', async () => {
    const here = await signIn('owner@rival.test');
    const idle = await signIn('owner@rival.test');
    const gone = await signIn('owner@rival.test');
    await identity.subject.ask('mutation { logout(input: {}) { sessionsEnded } }', {}, gone.actor);
    expect((await list(here.actor)).nodes.map(({ id }) => id)).toEqual([idle.id, here.id]);
    identity.advance(14 * 86_400_000);
    const later = await signIn('owner@rival.test');
    expect((await list(later.actor)).nodes.map(({ id }) => id)).toEqual([later.id]);
  });

  it('is null for an API key and has a name only for what is known', async () => {
    const owner = await signIn('owner@demo.test');
    const key: Actor = { ...owner.actor, kind: 'api_key', sub: null, session: null, apiKey: newId() };
    expect((await identity.subject.ask('{ viewer { sessions { nodes { id } } } }', {}, key)).data).toEqual({ viewer: { sessions: null } });
    expect([null, '', 'a thing', 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1'].map(deviceOf))
      .toEqual([null, null, null, 'Safari on iPhone']);
  });
});

describe('User.sessions', () => {
  it('are for who manages people, recorded, in one statement for many', async () => {
    const [owner, viewer] = [await signIn('owner@demo.test'), await signIn('viewer@demo.test')];
    const of = ['viewer@demo.test', 'both@demo.test', 'owner@rival.test'].map(reference);
    const before = identity.subject.running.database.statements;
    const { data } = await identity.subject.ask(OF, { of }, owner.actor);
    // begin, people, policy, sessions, commit; then begin, the record, commit.
    expect(identity.subject.running.database.statements - before).toBe(8);
    expect(data?.['_entities']).toEqual([
      { id: of[0]?.id, sessions: { nodes: expect.arrayContaining([{ id: viewer.id, device: null }]) } }, { id: of[1]?.id, sessions: { nodes: [] } }, null,
    ]);
    expect((await identity.audit('session.read')).slice(-2)).toMatchObject(of.slice(0, 2).map(({ id }) => ({
      tenant: AURORA, event: { type: 'DATA_READ', outcome: 'SUCCESS', resource: { type: 'User', id } },
    })));
    const refused = await identity.subject.ask(OF, { of: of.slice(0, 1) }, viewer.actor);
    expect(refused.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', permission: 'user:manage' } }]);
  });
});

describe('sessionRevoke', () => {
  const revoke = (sessionId: string, actor: Actor) => identity.subject.ask(REVOKE, { input: { sessionId } }, actor);
  const ended = (sessionsEnded: number) => ({ data: { sessionRevoke: { sessionsEnded, userErrors: [] } } });

  it('ends one of one\'s own, once, and gateways hear of it', async () => {
    const [here, there] = [await signIn('viewer@demo.test'), await signIn('viewer@demo.test')];
    expect(await revoke(there.id, here.actor)).toEqual(ended(1));
    expect([await alive(here.uuid), await alive(there.uuid)]).toEqual([true, false]);
    expect(await revoke(there.id, here.actor)).toEqual(ended(0));
    expect(await identity.rows('select home from identity.access_change where session_id = $1', [there.uuid])).toEqual([{ home: AURORA }]);
    expect((await identity.audit('session.revoke')).at(-2)).toMatchObject({
      tenant: AURORA, event: { outcome: 'SUCCESS', resource: { id: there.id }, after: { sessionsEnded: 1 } },
    });
  });

  it('reaches a colleague\'s for who manages people, and nobody\'s of another tenant', async () => {
    const [owner, viewer, rival] = [await signIn('owner@demo.test'), await signIn('viewer@demo.test'), await signIn('owner@rival.test')];
    const notFound = {
      data: { sessionRevoke: { sessionsEnded: null, userErrors: [{ __typename: 'SessionNotFound', code: 'NOT_FOUND', field: ['input', 'sessionId'] }] } },
    };
    for (const [id, by] of [[owner.id, viewer], [viewer.id, rival], [rival.id, owner], [encodeId('sess', newId()), owner]] as const) {
      expect(await revoke(id, by.actor)).toEqual(notFound);
    }
    expect([await alive(owner.uuid), await alive(viewer.uuid), await alive(rival.uuid)]).toEqual([true, true, true]);
    expect(await revoke(viewer.id, owner.actor)).toEqual(ended(1));
    expect(await alive(viewer.uuid)).toBe(false);
    expect((await revoke('nonsense', owner.actor)).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: ['input', 'sessionId'] } }]);
  });
});

describe('sessionsRevoke', () => {
  const revoke = (input: Record<string, unknown>, actor: Actor) => identity.subject.ask(REVOKE_MANY, { input }, actor);

  it('ends the others, or all', async () => {
    const [one, two, three] = [await signIn('both@demo.test'), await signIn('both@demo.test'), await signIn('both@demo.test')];
    expect((await revoke({ scope: 'OTHERS' }, two.actor)).data).toEqual({ sessionsRevoke: { sessionsEnded: 2, userErrors: [] } });
    expect([await alive(one.uuid), await alive(two.uuid), await alive(three.uuid)]).toEqual([false, true, false]);
    expect((await revoke({ scope: 'ALL' }, two.actor)).data).toEqual({ sessionsRevoke: { sessionsEnded: 1, userErrors: [] } });
    expect(await alive(two.uuid)).toBe(false);
  });

  it('ends a colleague\'s for who manages people only', async () => {
    const [owner, viewer] = [await signIn('owner@demo.test'), await signIn('viewer@demo.test')];
    const ownerId = encodeId('user', owner.actor.sub ?? '');
    expect((await revoke({ scope: 'ALL', userId: ownerId }, viewer.actor)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect(await alive(owner.uuid)).toBe(true);
    const { data } = await revoke({ scope: 'ALL', userId: encodeId('user', viewer.actor.sub ?? '') }, owner.actor);
    expect((data?.['sessionsRevoke'] as { sessionsEnded: number }).sessionsEnded).toBeGreaterThan(0);
    expect([await alive(owner.uuid), await alive(viewer.uuid)]).toEqual([true, false]);
  });

  it('ends nobody\'s who may do more, neither all nor one', async () => {
    const people = new People(identity);
    await people.admit('chief@demo.test', 'ADMIN');
    const [chief, owner, viewer] = [await signIn('chief@demo.test'), await signIn('owner@demo.test'), await signIn('viewer@demo.test')];
    const refused = { sessionsEnded: null, userErrors: [{ __typename: 'GrantRefused' }] };
    expect((await revoke({ scope: 'ALL', userId: people.id('owner@demo.test') }, chief.actor)).data).toEqual({ sessionsRevoke: refused });
    expect((await identity.subject.ask(REVOKE, { input: { sessionId: owner.id } }, chief.actor)).data).toMatchObject({ sessionRevoke: refused });
    expect(await alive(owner.uuid)).toBe(true);
    expect((await identity.subject.ask(REVOKE, { input: { sessionId: viewer.id } }, chief.actor)).data).toMatchObject({ sessionRevoke: { sessionsEnded: 1 } });
    expect((await revoke({ scope: 'ALL', userId: people.id('chief@demo.test') }, owner.actor)).data).toMatchObject({ sessionsRevoke: { sessionsEnded: 1 } });
    expect([await alive(viewer.uuid), await alive(chief.uuid)]).toEqual([false, false]);
  });

  it('works for people of the platform', async () => {
    const [one, two] = [await signIn('root@demo.test'), await signIn('root@demo.test')];
    expect((await list(two.actor)).nodes.map(({ id }) => id)).toEqual([two.id, one.id]);
    expect((await revoke({ scope: 'OTHERS' }, two.actor)).data).toEqual({ sessionsRevoke: { sessionsEnded: 1, userErrors: [] } });
    expect([await alive(one.uuid), await alive(two.uuid)]).toEqual([false, true]);
  });
});

describe('in SQL, as the application role', () => {
  it('rows of session and spent_refresh are one\'s own; those of the tenant for who manages people', async () => {
    const [owner, viewer] = [await signIn('owner@demo.test'), await signIn('viewer@demo.test')];
    const client = new Client({ connectionString: identity.subject.database.urls.app['identity'] });
    await client.connect();
    try {
      const seen = async (tenant: string, user: string | null, permissions = '') => {
        await client.query(`select set_config('app.tenant_id', $1, false), set_config('app.user_id', $2, false), set_config('app.permissions', $3, false)`,
          [tenant, user ?? '', permissions]);
        const { rows } = await client.query<{ id: string }>('select id from identity.session where id = any ($1)', [[owner.uuid, viewer.uuid]]);
        return rows.map(({ id }) => id).sort();
      };
      expect(await seen(AURORA, viewer.actor.sub)).toEqual([viewer.uuid]);
      expect(await seen(AURORA, viewer.actor.sub, 'user:manage')).toEqual([owner.uuid, viewer.uuid].sort());
      expect(await seen(AURORA, null)).toEqual([]);
      expect(await seen(newId(), viewer.actor.sub, 'user:manage')).toEqual([]);
      const forged = client.query('update identity.session set revoked_at = now(), revoked_reason = $2 where id = $1', [owner.uuid, 'LOGOUT']);
      expect((await forged).rowCount).toBe(0);
    } finally {
      await client.end();
    }
  });
});
