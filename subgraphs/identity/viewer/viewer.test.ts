// viewer, hasPermission and what people see of each other.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { AURORA, DEMO, RIVAL, TestIdentity } from '../../../test/kit/identity.js';
import { demoIdentity } from '../demo.js';
import { PLATFORM_TENANT_ID } from '../platform.js';

const VIEWER = '{ viewer { user { id email displayName } apiKey { id } tenant { id } roles { id name } permissions } }';
const ENTITIES = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { displayName } ... on Role { name } } }';
const EMAILS = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { id email } } }';

let identity: TestIdentity;
beforeAll(async () => { identity = await TestIdentity.boot(); });
afterAll(() => identity.close());

const actor = async (email: string) => identity.actorOf((await identity.signIn(email)).accessToken);
const userOf = (email: string) => encodeId('user', identity.userIds.get(email) ?? '');
const reference = (email: string) => ({ __typename: 'User', id: userOf(email) });

describe('viewer', () => {
  it('is the person with their tenant, roles and permissions', async () => {
    const { data, errors } = await identity.subject.ask(VIEWER, {}, await actor('viewer@demo.test'));
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      viewer: {
        user: { id: userOf('viewer@demo.test'), email: 'viewer@demo.test', displayName: 'viewer' },
        apiKey: null, tenant: { id: encodeId('tnt', AURORA) },
        roles: [{ id: expect.stringMatching(/^role_/), name: 'Viewer' }], permissions: ['conversation:read', 'order:read'],
      },
    });
  });

  it('knows the tenants to choose from: those where the person is active, by name', async () => {
    const tenants = async (email: string, tenantId?: string) => {
      const { data, errors } = await identity.subject.ask('{ viewer { tenants { id name } } }', {},
        await identity.actorOf((await identity.signIn(email, tenantId)).accessToken));
      return errors ?? (data?.['viewer'] as { tenants: unknown }).tenants;
    };
    const [aurora, rival] = [{ id: encodeId('tnt', AURORA), name: 'Trattoria Aurora' }, { id: encodeId('tnt', RIVAL), name: 'Bistro Rival' }];
    expect(await tenants('both@demo.test', aurora.id)).toEqual([rival, aurora]);
    expect(await tenants('owner@rival.test')).toEqual([rival]);
    expect(await tenants('root@demo.test')).toEqual([{ id: encodeId('tnt', PLATFORM_TENANT_ID), name: null }]);
    const move = (status: string) => identity.rows('update identity.membership set status = $1 where tenant_id = $2 and user_id = $3', [status, RIVAL, identity.userIds.get('both@demo.test')]);
    for (const status of ['SUSPENDED', 'DELETED']) {
      await move(status);
      expect(await tenants('both@demo.test', aurora.id)).toEqual([aurora]);
    }
    await move('ACTIVE');
    const key = { ...await actor('owner@demo.test'), kind: 'api_key' as const, sub: null, session: null, apiKey: newId() };
    expect((await identity.subject.ask('{ viewer { tenants { id } } }', {}, key)).data).toEqual({ viewer: { tenants: [] } });
  });

  it('has no tenant for people of the platform', async () => {
    const { data } = await identity.subject.ask(VIEWER, {}, await actor('root@demo.test'));
    expect(data)
      .toMatchObject({ viewer: { user: { email: 'root@demo.test' }, tenant: null, roles: [{ name: 'Super administrator' }] } });
  });

  it('needs a token', async () => {
    const { data, errors } = await identity.subject.ask(VIEWER);
    expect(data).toEqual({ viewer: null });
    expect(errors).toMatchObject([{ path: ['viewer'], extensions: { code: 'UNAUTHENTICATED' } }]);
    expect((await identity.subject.ask('{ hasPermission(permission: "user:read") }')).errors)
      .toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });

  it('reads in one transaction of four statements', async () => {
    const viewer = await actor('viewer@demo.test');
    const before = identity.subject.running.database.statements;
    await identity.subject.ask(VIEWER, {}, viewer);
    expect(identity.subject.running.database.statements - before).toBe(4);
  });

  it('has the permissions that exist and their roles give', async () => {
    const query = 'query ($permission: String!) { hasPermission(permission: $permission) }';
    const ask = async (email: string, permission: string) =>
      (await identity.subject.ask(query, { permission }, await actor(email))).data?.['hasPermission'];
    expect(await ask('owner@demo.test', 'user:read')).toBe(true);
    expect(await ask('viewer@demo.test', 'user:read')).toBe(false);
    expect(await ask('owner@demo.test', 'system:admin')).toBe(false);
    expect(await ask('owner@demo.test', 'invented:read')).toBe(false);
  });
});

describe('User', () => {
  it('is visible to colleagues and to nobody of another tenant', async () => {
    const of = ['viewer@demo.test', 'owner@rival.test', 'root@demo.test'].map(reference);
    expect(await identity.subject.ask(ENTITIES, { of }, await actor('owner@demo.test')))
      .toEqual({ data: { _entities: [{ displayName: 'viewer' }, null, null] } });
    expect(await identity.subject.ask(ENTITIES, { of }, await actor('owner@rival.test')))
      .toEqual({ data: { _entities: [null, { displayName: 'owner' }, null] } });
    expect(await identity.subject.ask(ENTITIES, { of }, await actor('root@demo.test')))
      .toEqual({ data: { _entities: [null, null, { displayName: 'root' }] } });
    expect((await identity.subject.ask(ENTITIES, { of: of.slice(0, 1) })).errors)
      .toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });

  it('answers node(id) by nodeKey', async () => {
    const of = ['viewer@demo.test', 'owner@rival.test'].map((email) => ({ __typename: 'User', nodeKey: userOf(email) }));
    const query = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { id } } }';
    expect(await identity.subject.ask(query, { of }, await actor('owner@demo.test')))
      .toEqual({ data: { _entities: [{ id: userOf('viewer@demo.test') }, null] } });
  });

  it('shows another\'s e-mail address to those who may read users', async () => {
    const of = [reference('owner@demo.test'), reference('viewer@demo.test')];
    const both = ['owner@demo.test', 'viewer@demo.test'].map((email) => ({ id: userOf(email), email }));
    expect(await identity.subject.ask(EMAILS, { of }, await actor('owner@demo.test'))).toEqual({ data: { _entities: both } });
    const { data, errors } = await identity.subject.ask(EMAILS, { of }, await actor('viewer@demo.test'));
    expect(data).toEqual({ _entities: [{ ...both[0], email: null }, both[1]] });
    expect(errors)
      .toMatchObject([{ path: ['_entities', 0, 'email'], extensions: { code: 'FORBIDDEN', permission: 'user:read' } }]);
  });

  it('reads many in one statement', async () => {
    const of = ['owner@demo.test', 'viewer@demo.test', 'both@demo.test'].map(reference);
    const owner = await actor('owner@demo.test');
    const before = identity.subject.running.database.statements;
    expect((await identity.subject.ask(ENTITIES, { of }, owner)).errors).toBeUndefined();
    expect(identity.subject.running.database.statements - before).toBe(3);
  });
});

describe('Role', () => {
  it('is visible in its own tenant', async () => {
    const [role] = await identity.rows<{ id: string }>(
      `select id from identity.role where tenant_id = $1 and preset = 'AGENT'`, [AURORA]);
    const of = [{ __typename: 'Role', id: encodeId('role', role?.id ?? '') }];
    expect(await identity.subject.ask(ENTITIES, { of }, await actor('owner@demo.test')))
      .toEqual({ data: { _entities: [{ name: 'Agent' }] } });
    expect(await identity.subject.ask(ENTITIES, { of }, await actor('owner@rival.test')))
      .toEqual({ data: { _entities: [null] } });
  });
});

describe('demo', () => {
  it('changes nothing when repeated, nor when several processes start at once', async () => {
    const content = () => identity.rows(`
      select 'account', a::text from identity.account a union all select 'membership', m::text from identity.membership m
      union all select 'role', r::text from identity.role r union all select 'grant', g::text from identity.membership_role g
      union all select 'event', s.event::text from identity.audit_staging s where s.event->>'action' <> 'auth.login'
      union all select 'event', s.event::text from identity.platform_audit_staging s where s.event->>'action' <> 'auth.login'
      order by 1, 2`);
    const before = await content();
    expect(before.length).toBeGreaterThan(30);
    await Promise.all([1, 2, 3].map(() => demoIdentity(identity.subject.running.services, DEMO)));
    expect(await content()).toEqual(before);
  });

  it('records who was created and granted what', async () => {
    expect(await identity.audit('account.create')).toHaveLength(5);
    expect(await identity.audit('membership.create')).toHaveLength(6);
    expect((await identity.audit('role.grant')).map(({ tenant, event }) => [tenant, event.after?.['role']]))
      .toContainEqual([AURORA, 'OWNER']);
    expect((await identity.audit('role.grant')).find(({ tenant }) => tenant === null)?.event).toMatchObject({
      actor: { kind: 'system' }, resource: { type: 'User', id: userOf('root@demo.test') }, after: { role: 'SUPER_ADMIN' },
    });
  });
});
