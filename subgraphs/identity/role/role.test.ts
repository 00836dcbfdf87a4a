// Roles of a tenant's own: made, changed, deleted, listed; and nobody goes beyond what they hold.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { AURORA, RIVAL, TestIdentity } from '../../../test/kit/identity.js';
import { People } from '../../../test/kit/people.js';
import { ROLES_MAX } from './role.changes.js';

const LIST = 'query ($first: Int, $after: String) { roles(first: $first, after: $after) { nodes { id name preset permissions } pageInfo { endCursor hasNextPage } } }';

let identity: TestIdentity;
let people: People;
let owner: Actor;
let admin: Actor;

beforeAll(async () => {
  identity = await TestIdentity.boot();
  people = new People(identity);
  await people.admit('admin@demo.test', 'ADMIN');
  [owner, admin] = [await people.actor('owner@demo.test'), await people.actor('admin@demo.test')];
});
afterAll(() => identity.close());

const create = (name: string, permissions: string[], actor = owner) => people.mutate('roleCreate', { name, permissions }, actor);
const created = async (name: string, permissions: string[]) =>
  (await people.done('roleCreate', { name, permissions }, owner))['role'] as { id: string; name: string };

describe('roleCreate', () => {
  it('makes a role of existing permissions, each once, and records what it gives', async () => {
    const { role } = await people.done('roleCreate', { name: '  Night shift ', description: 'After six', permissions: ['order:read', 'conversation:read', 'order:read'] }, owner);
    expect(role).toEqual({
      id: expect.stringMatching(/^role_/), name: 'Night shift', description: 'After six', preset: null, permissions: ['conversation:read', 'order:read'],
    });
    expect((await identity.audit('role.create')).at(-1)).toMatchObject({
      tenant: AURORA,
      event: {
        outcome: 'SUCCESS', type: 'AUTHORIZATION', actor: { id: people.id('owner@demo.test') }, resource: { type: 'Role', id: (role as { id: string }).id },
        after: { name: 'Night shift', permissions: ['conversation:read', 'order:read'] },
      },
    });
  });

  it('takes a name once, in upper or lower case, and also not a preset\'s', async () => {
    await created('Twice', ['order:read']);
    for (const name of ['Twice', 'tWICE', ' twice ', 'Owner', 'agent']) {
      const before = await people.written();
      expect((await create(name, ['order:read'])).payload).toMatchObject({ role: null, userErrors: [{ __typename: 'RoleNameTaken', code: 'NAME_TAKEN', field: ['input', 'name'] }] });
      expect(await people.written()).toEqual(before);
    }
    expect((await people.mutate('roleCreate', { name: 'Twice', permissions: ['order:read'] }, await people.actor('owner@rival.test'))).payload.userErrors).toEqual([]);
  });

  it('of ten at once with one name makes one', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => create('Raced', ['order:read'])));
    expect(answers.map(({ payload }) => payload.userErrors[0]?.code ?? 'made').sort()).toEqual([...Array<string>(9).fill('NAME_TAKEN'), 'made']);
  });

  it.each([
    ['a permission that does not exist', { name: 'x', permissions: ['order:invented'] }, ['input', 'permissions']],
    ['one of the platform', { name: 'x', permissions: ['system:admin'] }, ['input', 'permissions']],
    ['a pattern', { name: 'x', permissions: ['order:*'] }, ['input', 'permissions']],
    ['no permission', { name: 'x', permissions: [] }, ['input', 'permissions']],
    ['a blank name', { name: '  ', permissions: ['order:read'] }, ['input', 'name']],
    ['a long name', { name: 'n'.repeat(61), permissions: ['order:read'] }, ['input', 'name']],
    ['a line break', { name: 'a\nb', permissions: ['order:read'] }, ['input', 'name']],
    ['half a character', { name: 'a\ud800b', permissions: ['order:read'] }, ['input', 'name']],
    ['half a character in its description', { name: 'x', description: '\udc00', permissions: ['order:read'] }, ['input', 'description']],
    ['a NUL character', { name: 'a\0b', permissions: ['order:read'] }, ['input', 'name']],
    ['a long description', { name: 'x', description: 'd'.repeat(301), permissions: ['order:read'] }, ['input', 'description']],
  ])('refuses %s', async (_what, input, field) => {
    const before = await people.written();
    expect((await people.mutate('roleCreate', input, owner)).payload).toMatchObject({ role: null, userErrors: [{ __typename: 'InputInvalid', code: 'BAD_USER_INPUT', field }] });
    expect(await people.written()).toEqual(before);
  });

  it('is for people who manage people: no viewer, no API key, nobody else', async () => {
    const before = await people.written();
    const key: Actor = { ...owner, kind: 'api_key', sub: null, apiKey: newId(), session: null };
    for (const [actor, code] of [[await people.actor('viewer@demo.test'), 'FORBIDDEN'], [key, 'FORBIDDEN'], [undefined, 'UNAUTHENTICATED']] as const) {
      expect((await people.mutate('roleCreate', { name: 'x', permissions: ['order:read'] }, actor)).errors).toMatchObject([{ extensions: { code } }]);
    }
    const session = await people.written();
    expect((session as unknown[]).filter((_, index) => index !== 6 && index !== 7)).toEqual((before as unknown[]).filter((_, index) => index !== 6 && index !== 7));
  });
});

describe('nobody gives what they do not hold', () => {
  it('neither in a new role nor by changing or deleting one, also not one\'s own', async () => {
    const weak = await created('People only', ['user:manage', 'order:read']);
    const strong = await created('Reads much', ['order:read', 'conversation:read']);
    await people.admit('deputy@demo.test', 'VIEWER');
    await people.done('roleRevoke', { userId: people.id('deputy@demo.test'), roleId: await people.roleId('Viewer') }, owner);
    await people.done('roleGrant', { userId: people.id('deputy@demo.test'), roleId: weak.id }, owner);
    const deputy = await people.actor('deputy@demo.test');
    const refused = { __typename: 'GrantRefused', code: 'GRANT_REFUSED', permissions: ['conversation:read'] };
    for (const [field, input] of [
      ['roleCreate', { name: 'Beyond', permissions: ['order:read', 'conversation:read'] }],
      ['roleUpdate', { roleId: weak.id, permissions: ['user:manage', 'order:read', 'conversation:read'] }],
      ['roleUpdate', { roleId: strong.id, permissions: ['order:read'] }],
      ['roleDelete', { roleId: strong.id }],
    ] as const) {
      const before = await people.written();
      expect((await people.mutate(field, input, deputy)).payload.userErrors).toMatchObject([refused]);
      expect(await people.written()).toEqual(before);
    }
    await people.done('roleCreate', { name: 'Within', permissions: ['order:read'] }, deputy);
    expect((await identity.audit('role.delete')).at(-1)?.event).toMatchObject({ outcome: 'FAILURE', reason: 'GRANT_REFUSED' });
  });
});

describe('roleUpdate', () => {
  it('counts at the holder\'s next request', async () => {
    const role = await created('Changing \u{1f319}', ['order:read']);
    const userId = await people.admit('holder@demo.test', 'VIEWER');
    await people.done('roleGrant', { userId, roleId: role.id }, owner);
    const holder = await people.actor('holder@demo.test');
    expect(holder.permissions).not.toContain('user:read');
    const { payload } = await people.mutate('roleUpdate', { roleId: role.id, name: 'Changed', permissions: ['user:read'] }, owner);
    expect(payload).toMatchObject({ role: { name: 'Changed', description: null, permissions: ['user:read'] }, userErrors: [] });
    expect(await identity.port.session(holder.session ?? '')).toMatchObject({ ok: true, permissions: expect.arrayContaining(['user:read']) });
    expect((await identity.audit('role.update')).at(-1)?.event).toMatchObject({
      before: { name: 'Changing \u{1f319}', permissions: ['order:read'] }, after: { name: 'Changed', permissions: ['user:read'] },
    });
    const [told] = await identity.rows<{ home: string }>('select home, user_id from identity.access_change order by id desc limit 1');
    expect(told).toEqual({ home: AURORA, user_id: null });
  });

  it('keeps what is absent, and removes a description by null', async () => {
    const role = await created('Kept', ['order:read']);
    await people.done('roleUpdate', { roleId: role.id, description: 'why' }, owner);
    expect((await people.done('roleUpdate', { roleId: role.id, name: 'kept' }, owner))['role']).toMatchObject({ name: 'kept', description: 'why', permissions: ['order:read'] });
    expect((await people.done('roleUpdate', { roleId: role.id, description: null }, owner))['role']).toMatchObject({ description: null });
  });

  it('refuses presets, taken names, other tenants\' roles and unknown ones', async () => {
    const [role, preset] = [await created('Mine', ['order:read']), await people.roleId('Agent')];
    const foreign = (await people.mutate('roleCreate', { name: 'Foreign', permissions: ['order:read'] }, await people.actor('owner@rival.test'))).payload['role'] as { id: string };
    for (const [input, code] of [
      [{ roleId: preset, name: 'y' }, 'WRONG_STATE'], [{ roleId: role.id, name: 'AGENT' }, 'NAME_TAKEN'],
      [{ roleId: foreign.id, name: 'y' }, 'NOT_FOUND'], [{ roleId: encodeId('role', newId()), name: 'y' }, 'NOT_FOUND'],
    ] as const) {
      const before = await people.written();
      expect((await people.mutate('roleUpdate', input, owner)).payload).toMatchObject({ role: null, userErrors: [{ code }] });
      expect(await people.written()).toEqual(before);
    }
    expect((await people.mutate('roleUpdate', { roleId: 'role_1', name: 'y' }, owner)).errors)
      .toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: ['input', 'roleId'] } }]);
  });
});

describe('roleDelete', () => {
  it('takes it from everybody who held it, and frees its name', async () => {
    const role = await created('Going', ['user:read']);
    const userId = await people.admit('loser@demo.test', 'VIEWER');
    await people.done('roleGrant', { userId, roleId: role.id }, owner);
    const loser = await people.actor('loser@demo.test');
    expect(loser.permissions).toContain('user:read');
    expect(await people.done('roleDelete', { roleId: role.id }, owner)).toMatchObject({ grantsEnded: 1 });
    expect(await identity.port.session(loser.session ?? '')).toMatchObject({ permissions: expect.not.arrayContaining(['user:read']) });
    expect((await people.mutate('roleDelete', { roleId: role.id }, owner)).payload).toMatchObject({ grantsEnded: null, userErrors: [{ code: 'NOT_FOUND' }] });
    await created('going', ['order:read']);
    expect((await people.mutate('roleDelete', { roleId: await people.roleId('Viewer') }, owner)).payload.userErrors).toMatchObject([{ code: 'WRONG_STATE' }]);
  });
});

describe('roles', () => {
  it('are listed by name, page by page, those of one\'s tenant alone', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { data }: { data?: Record<string, unknown> | null } = await identity.subject.ask(LIST, { first: 3, after }, admin);
      const page = data?.['roles'] as { nodes: { name: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean } };
      seen.push(...page.nodes.map(({ name }) => name));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after);
    const stored = await identity.rows<{ name: string }>(
      'select name from identity.role where tenant_id = $1 and deleted_at is null order by lower(name) collate "C", id', [AURORA]);
    expect(seen).toEqual(stored.map(({ name }) => name));
    expect(seen).not.toContain('Foreign');
    const { data } = await identity.subject.ask(LIST, { first: 100 }, await people.actor('owner@rival.test'));
    expect((data?.['roles'] as { nodes: { name: string; preset: string | null }[] }).nodes.filter(({ preset }) => preset === null).map(({ name }) => name))
      .toEqual(['Foreign', 'Twice']);
    expect((await identity.subject.ask(LIST, {}, await people.actor('viewer@demo.test'))).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', permission: 'user:read' } }]);
    expect((await identity.subject.ask(LIST, { after: 'x' }, owner)).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: ['after'] } }]);
  });

  it(`are at most ${ROLES_MAX} of one's own`, async () => {
    await identity.rows(`insert into identity.role (tenant_id, id, name, permissions, created_at)
      select $1, gen_random_uuid(), 'Filler ' || n, '{order:read}', now() from generate_series(1, $2::int) n`, [RIVAL, ROLES_MAX - 2]);
    const rival = await people.actor('owner@rival.test');
    expect((await create('One too many', ['order:read'], rival)).payload).toMatchObject({ userErrors: [{ __typename: 'RoleLimitReached', code: 'LIMIT_REACHED' }] });
    expect((await create('There is room here', ['order:read'])).payload.userErrors).toEqual([]);
  });
});
