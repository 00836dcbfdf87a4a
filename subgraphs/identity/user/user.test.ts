// People: the list, what is shown of them to whom; suspended, reactivated, removed.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Pool } from 'pg';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { AURORA, PASSWORD, TestIdentity } from '../../../test/kit/identity.js';
import { identityDoor } from '../public.js';
import { PLATFORM_TENANT_ID } from '../platform.js';
import { People } from '../../../test/kit/people.js';

const LIST = `query ($first: Int, $after: String, $filter: UserFilter) { users(first: $first, after: $after, filter: $filter) {
  nodes { id displayName email status createdAt lastSeenAt roles { name } grants { role { name } grantedBy { displayName } } } pageInfo { endCursor hasNextPage } } }`;

interface Listed { nodes: { displayName: string; email: string | null; status: string; lastSeenAt: string | null; roles: unknown[] }[]; pageInfo: { endCursor: string; hasNextPage: boolean } }

let identity: TestIdentity;
let people: People;
let owner: Actor;

beforeAll(async () => {
  identity = await TestIdentity.boot();
  people = new People(identity);
  owner = await people.actor('owner@demo.test');
});
afterAll(() => identity.close());

const list = async (variables: Record<string, unknown> = {}, actor = owner): Promise<Listed> => {
  const { data, errors } = await identity.subject.ask(LIST, variables, actor);
  expect(errors).toBeUndefined();
  return data?.['users'] as Listed;
};
const names = async (filter?: Record<string, unknown>) => (await list({ filter, first: 100 })).nodes.map(({ displayName }) => displayName);
const alive = async (actor: Actor) => (await identity.port.session(actor.session ?? '')).ok;

describe('users', () => {
  it('are listed by name, page by page, in a few statements', async () => {
    for (const email of ['zoe@demo.test', 'anna@demo.test', 'ben@demo.test', 'anna@other.test']) await people.admit(email, 'VIEWER');
    await identity.rows(`update identity.membership set display_name = initcap(display_name) where display_name in ('zoe', 'ben')`);
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page: Listed = await list({ first: 2, after });
      seen.push(...page.nodes.map(({ displayName }) => displayName));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after);
    expect(seen).toEqual(['anna', 'anna', 'Ben', 'both', 'owner', 'viewer', 'Zoe']);
    const cost = async (first: number): Promise<number> => {
      const before = identity.subject.running.database.statements;
      await list({ first });
      return identity.subject.running.database.statements - before;
    };
    expect(await cost(6)).toBe(await cost(2));
  });

  it('are found by the beginning of name or address, and by state', async () => {
    expect(await names({ search: 'AN' })).toEqual(['anna', 'anna']);
    expect(await names({ search: 'anna@o' })).toEqual(['anna']);
    expect(await names({ search: '%' })).toEqual([]);
    expect(await names({ search: ' ' })).toHaveLength(7);
    expect(await names({ status: 'SUSPENDED' })).toEqual([]);
  });

  it('show state, roles and grants to who may read users; when they were seen to who manages them', async () => {
    const { nodes } = await list({ filter: { search: 'owner@' } });
    expect(nodes).toEqual([expect.objectContaining({
      email: 'owner@demo.test', status: 'ACTIVE', lastSeenAt: identity.now.toISOString(), roles: [{ name: 'Owner' }], grants: [{ role: { name: 'Owner' }, grantedBy: null }],
    })]);
    const of = [people.id('owner@demo.test'), people.id('viewer@demo.test')].map((id) => ({ __typename: 'User', id }));
    const { data, errors } = await identity.subject.ask(
      'query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { displayName status createdAt lastSeenAt roles { name } grants { role { name } } } } }',
      { of }, await people.actor('viewer@demo.test'));
    expect(data?.['_entities']).toEqual([
      { displayName: 'owner', status: null, createdAt: null, lastSeenAt: null, roles: null, grants: null },
      expect.objectContaining({ displayName: 'viewer', status: 'ACTIVE', lastSeenAt: identity.now.toISOString(), roles: [{ name: 'Viewer' }] }),
    ]);
    expect(errors?.map(({ extensions }) => extensions?.['code'])).toEqual(Array(5).fill('FORBIDDEN'));
  });

  it('are nobody else\'s business', async () => {
    expect((await identity.subject.ask(LIST, {}, await people.actor('viewer@demo.test'))).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', permission: 'user:read' } }]);
    const rival = await list({}, await people.actor('owner@rival.test'));
    expect(rival.nodes.map(({ email }) => email)).toEqual(['both@demo.test', 'owner@rival.test']);
  });

  it.each([
    [{ after: 'x' }, ['after']], [{ first: 0 }, ['first']], [{ first: 101 }, ['first']], [{ filter: { search: 'x'.repeat(255) } }, ['filter', 'search']],
    [{ filter: { search: 'a\0' } }, ['filter', 'search']], [{ after: Buffer.from('["a","b"]').toString('base64url') }, ['after']],
  ])('refuse %j as input', async (variables, field) => {
    expect((await identity.subject.ask(LIST, variables, owner)).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field } }]);
  });
});

describe('userSuspend and userReactivate', () => {
  it('shut somebody out at once and let them in again, with their roles', async () => {
    const userId = await people.admit('away@demo.test', 'AGENT');
    const away = await people.actor('away@demo.test');
    expect(await people.done('userSuspend', { userId }, owner)).toMatchObject({ user: { status: 'SUSPENDED', roles: [{ name: 'Agent' }] } });
    expect(await alive(away)).toBe(false);
    const [stored] = await identity.rows('select revoked_reason, epoch from identity.session where id = $1', [away.session]);
    expect(stored).toEqual({ revoked_reason: 'SUSPENDED', epoch: 1 });
    expect((await identity.login({ email: 'away@demo.test', password: PASSWORD })).data).toMatchObject({ login: { session: null, userErrors: [{ code: 'INVALID_CREDENTIALS' }] } });
    expect((await identity.audit('user.suspend')).at(-1)?.event).toMatchObject({
      type: 'AUTHORIZATION', outcome: 'SUCCESS', resource: { type: 'User', id: userId }, before: { status: 'ACTIVE' }, after: { status: 'SUSPENDED' },
    });
    expect(await identity.rows(`select payload from identity.outbox where type = 'UserSuspended'`)).toEqual([{ payload: { userId: people.uuid('away@demo.test') } }]);
    const changes = await identity.rows<{ user_id: string | null; session_id: string | null }>('select user_id, session_id from identity.access_change order by id desc limit 2');
    expect(changes).toEqual([{ user_id: null, session_id: away.session }, { user_id: people.uuid('away@demo.test'), session_id: null }]);
    expect(await people.done('userReactivate', { userId }, owner)).toMatchObject({ user: { status: 'ACTIVE', roles: [{ name: 'Agent' }] } });
    expect(await alive(away)).toBe(false);
    expect(await alive(await people.actor('away@demo.test'))).toBe(true);
  });

  it('are announced with a number each, until that one is noted', async () => {
    const userId = await people.admit('numbered@demo.test', 'AGENT');
    const member = { tenantId: AURORA, userId: people.uuid('numbered@demo.test') };
    const { memberAnnouncement: announcement } = identity.subject.running.services;
    const system = new Pool({ connectionString: identity.subject.database.urls.system, max: 1 });
    const due = async () => (await identityDoor(identity.subject.running.services).overdue(system)).find(({ job }) => job.name === 'identity.announceMember')?.payloads ?? [];
    const said = () => identity.rows(`select payload from identity.outbox where type = 'MembershipChanged' and payload->>'userId' = $1 order by id`, [member.userId]);
    expect(await due()).toContainEqual(member);
    // The platform's own people are nobody's colleagues.
    expect((await due()).filter((one) => (one as { tenantId: string }).tenantId === PLATFORM_TENANT_ID)).toEqual([]);
    expect(await announcement.announce(member)).toBe(true);
    await people.done('userSuspend', { userId }, owner);
    // An answer to the first word is none to the second.
    expect(await announcement.confirm({ ...member, revision: 1 })).toBe(false);
    expect(await announcement.announce(member)).toBe(true);
    expect(await said()).toEqual([{ payload: { userId: member.userId, status: 'ACTIVE', revision: 1 } }, { payload: { userId: member.userId, status: 'SUSPENDED', revision: 2 } }]);
    expect([await announcement.confirm({ ...member, revision: 2 }), await announcement.confirm({ ...member, revision: 2 }), await announcement.announce(member)]).toEqual([true, false, false]);
    expect(await due()).not.toContainEqual(member);
    await system.end();
  });

  it('let no session live on that a login stored after the suspension', async () => {
    const userId = await people.admit('racing@demo.test', 'AGENT');
    const racing = await people.actor('racing@demo.test');
    await people.done('userSuspend', { userId }, owner);
    await identity.rows('update identity.session set revoked_at = null, revoked_reason = null where id = $1', [racing.session]);
    expect(await alive(racing)).toBe(false);
    await people.done('userReactivate', { userId }, owner);
    expect(await alive(racing)).toBe(false);
  });

  it('are refused for oneself, in the wrong state, for strangers and for who may do more; nothing is written', async () => {
    await people.admit('boss@demo.test', 'ADMIN');
    const boss = await people.actor('boss@demo.test');
    const suspended = await people.admit('gone@demo.test', 'VIEWER');
    await people.done('userSuspend', { userId: suspended }, boss);
    const [ownerId, viewerId] = [people.id('owner@demo.test'), people.id('viewer@demo.test')];
    const cases: [string, string, string, string][] = [
      ['userSuspend', people.id('boss@demo.test'), 'UserIsYourself', 'WRONG_STATE'], ['userSuspend', suspended, 'UserStateWrong', 'WRONG_STATE'],
      ['userReactivate', viewerId, 'UserStateWrong', 'WRONG_STATE'], ['userSuspend', people.id('owner@rival.test'), 'UserNotFound', 'NOT_FOUND'],
      ['userDelete', encodeId('user', newId()), 'UserNotFound', 'NOT_FOUND'], ['userSuspend', ownerId, 'GrantRefused', 'GRANT_REFUSED'],
      ['userDelete', ownerId, 'GrantRefused', 'GRANT_REFUSED'],
    ];
    for (const [field, userId, typename, code] of cases) {
      const before = await people.written();
      expect((await people.mutate(field, { userId }, boss)).payload).toMatchObject({ user: null, userErrors: [{ __typename: typename, code }] });
      expect(await people.written()).toEqual(before);
    }
    for (const field of ['userSuspend', 'userReactivate', 'userDelete']) {
      expect((await people.mutate(field, { userId: 'user_x' }, boss)).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: ['input', 'userId'] } }]);
      expect((await people.mutate(field, { userId: viewerId }, { ...boss, permissions: ['user:read'] })).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', permission: 'user:manage' } }]);
    }
  });

  it('keep one active owner', async () => {
    const userId = await people.admit('coowner@demo.test', 'OWNER');
    const coowner = await people.actor('coowner@demo.test');
    await people.done('userSuspend', { userId: people.id('owner@demo.test') }, coowner);
    const answers = await Promise.all([
      people.mutate('roleRevoke', { userId, roleId: await people.roleId('Owner') }, coowner), people.mutate('userDelete', { userId }, coowner),
    ]);
    expect(answers.map(({ payload }) => payload.userErrors[0]?.__typename)).toEqual(['LastOwner', 'UserIsYourself']);
    await people.done('userReactivate', { userId: people.id('owner@demo.test') }, coowner);
    owner = await people.actor('owner@demo.test');
    const both = await Promise.all([
      people.mutate('userSuspend', { userId }, owner), people.mutate('userSuspend', { userId: people.id('owner@demo.test') }, coowner),
    ]);
    // Whoever came second had lost the right meanwhile.
    expect(both.map(({ payload, errors }) => errors?.[0]?.extensions?.['code'] ?? payload.userErrors[0]?.code ?? 'done').sort()).toEqual(['FORBIDDEN', 'done']);
    const [left] = await identity.rows<{ email: string }>(`select email from identity.membership where tenant_id = $1 and status = 'ACTIVE' and email like '%owner@demo.test'`, [AURORA]);
    const actor = await people.actor(left?.email ?? '');
    for (const email of ['owner@demo.test', 'coowner@demo.test']) if (email !== left?.email) await people.done('userReactivate', { userId: people.id(email) }, actor);
    owner = await people.actor('owner@demo.test');
  });
});

describe('userDelete', () => {
  it('ends everything they had here but their name', async () => {
    const userId = await people.admit('leaver@demo.test', 'AGENT');
    const leaver = await people.actor('leaver@demo.test');
    expect(await people.done('userDelete', { userId }, owner)).toMatchObject({
      user: { id: userId, displayName: 'leaver', email: null, status: 'DELETED', roles: [], grants: [] },
    });
    expect(await alive(leaver)).toBe(false);
    expect(await identity.rows('select email, removal_announced_at is not null as announced from identity.membership where user_id = $1', [people.uuid('leaver@demo.test')]))
      .toEqual([{ email: null, announced: true }]);
    expect(await names()).not.toContain('leaver');
    expect(await names({ status: 'DELETED' })).toEqual(['leaver']);
    const { data } = await identity.subject.ask('query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { displayName } } }',
      { of: [{ __typename: 'User', id: userId }] }, await people.actor('viewer@demo.test'));
    expect(data).toEqual({ _entities: [{ displayName: 'leaver' }] });
    expect((await identity.login({ email: 'leaver@demo.test', password: PASSWORD })).data).toMatchObject({ login: { session: null, userErrors: [{ code: 'INVALID_CREDENTIALS' }] } });
    expect((await people.mutate('userDelete', { userId }, owner)).payload.userErrors).toMatchObject([{ __typename: 'UserStateWrong' }]);
    expect((await people.mutate('roleGrant', { userId, roleId: await people.roleId('Agent') }, owner)).payload.userErrors).toMatchObject([{ __typename: 'UserStateWrong' }]);
    expect((await identity.audit('user.delete')).find(({ event }) => event.outcome === 'SUCCESS')?.event)
      .toMatchObject({ type: 'DATA_DELETE', before: { status: 'ACTIVE' }, after: { status: 'DELETED' } });
  });

  it('is announced until it is confirmed', async () => {
    const removed = { tenantId: AURORA, userId: people.uuid('leaver@demo.test') };
    const { userRemoval } = identity.subject.running.services;
    const events = async () => (await identity.rows(`select 1 from identity.outbox where type = 'UserRemoved'`)).length;
    expect([await events(), await userRemoval.announce(removed), await events()]).toEqual([1, true, 2]);
    expect([await userRemoval.confirm(removed), await userRemoval.confirm(removed), await userRemoval.announce(removed), await events()]).toEqual([true, false, false, 2]);
  });
});

describe('rows of other people\'s sessions', () => {
  it('are invisible to the application role for who does not manage people', async () => {
    const client = new Client({ connectionString: identity.subject.database.urls.app['identity'] });
    await client.connect();
    const seen = async (user: string, permissions: string): Promise<string[]> => {
      await client.query('begin');
      await client.query(`select set_config('app.tenant_id', $1, true), set_config('app.user_id', $2, true), set_config('app.permissions', $3, true)`, [AURORA, user, permissions]);
      const { rows } = await client.query<{ user_id: string }>('select distinct user_id from identity.session');
      await client.query('rollback');
      return rows.map(({ user_id }) => user_id);
    };
    try {
      const viewer = people.uuid('viewer@demo.test');
      expect(await seen(viewer, 'user:read')).toEqual([viewer]);
      expect((await seen(viewer, 'user:read,user:manage')).length).toBeGreaterThan(3);
      expect(await seen(newId(), '')).toEqual([]);
    } finally {
      await client.end();
    }
  });
});
