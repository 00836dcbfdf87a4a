// accessExplain: allowed or not, and every fact that decided, now, in the past and in the future.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { TestIdentity } from '../../../test/kit/identity.js';
import { People } from '../../../test/kit/people.js';

const EXPLAIN = `query ($userId: ID, $permission: String!, $at: DateTimeISO) { accessExplain(userId: $userId, permission: $permission, at: $at) {
  user { id } permission at allowed reasons { kind text role { name } grantedBy { displayName } grantedAt until } } }`;
const HOUR = 3_600_000;

interface Explained { at: string; allowed: boolean; reasons: { kind: string; text: string; role: { name: string } | null; grantedBy: { displayName: string } | null; until: string | null }[] }

let identity: TestIdentity;
let people: People;
let owner: Actor;
let userId: string;
const marks: Record<string, string> = {};

const mark = (name: string): void => { marks[name] = identity.now.toISOString(); };
const ask = (variables: Record<string, unknown>, actor = owner) => identity.subject.ask(EXPLAIN, variables, actor);
const explain = async (permission: string, at?: string): Promise<Explained> => {
  const { data, errors } = await ask({ userId, permission, at });
  expect(errors).toBeUndefined();
  return data?.['accessExplain'] as Explained;
};
const kinds = async (permission: string, at?: string) => {
  const { allowed, reasons } = await explain(permission, at);
  return [allowed, ...reasons.map(({ kind, role }) => (role ? `${kind} ${role.name}` : kind))];
};

beforeAll(async () => {
  identity = await TestIdentity.boot();
  people = new People(identity);
  mark('before');
  identity.advance(HOUR);
  owner = await people.actor('owner@demo.test');
  userId = await people.admit('life@demo.test', 'VIEWER');
  mark('joined');
  identity.advance(HOUR);
  const role = (await people.done('roleCreate', { name: 'Reader', permissions: ['user:read'] }, owner))['role'] as { id: string };
  await people.done('roleGrant', { userId, roleId: role.id }, owner);
  await people.done('roleGrant', { userId, roleId: await people.roleId('Agent'), until: new Date(identity.now.getTime() + 2 * HOUR).toISOString() }, owner);
  mark('granted');
  identity.advance(HOUR);
  await people.done('roleUpdate', { roleId: role.id, permissions: ['order:read'] }, owner);
  mark('changed');
  identity.advance(2 * HOUR);
  await people.done('userSuspend', { userId }, owner);
  mark('suspended');
  identity.advance(HOUR);
  await people.done('userReactivate', { userId }, owner);
  await people.done('roleDelete', { roleId: role.id }, owner);
  mark('now');
});
afterAll(() => identity.close());

describe('accessExplain', () => {
  it('names role, who gave it, since and until when', async () => {
    const { allowed, reasons, at } = await explain('user:read', marks['granted']);
    expect([allowed, at]).toEqual([true, marks['granted']]);
    expect(reasons).toMatchObject([
      { kind: 'MEMBERSHIP', text: 'The membership is ACTIVE since 2026-11-21 10:00:00 UTC.', role: null },
      { kind: 'ROLE', role: { name: 'Agent' }, grantedBy: { displayName: 'owner' }, grantedAt: '2026-11-21T11:00:00.000Z', until: '2026-11-21T13:00:00.000Z',
        text: 'Agent gives it: granted at 2026-11-21 11:00:00 UTC, until 2026-11-21 13:00:00 UTC.' },
      { kind: 'ROLE_WITHOUT_IT', role: { name: 'Viewer' }, grantedBy: null, until: null, text: 'Viewer does not give user:read.' },
      { kind: 'ROLE', role: { name: 'Reader' } },
    ]);
  });

  it('judges every instant by what stood then', async () => {
    expect(await kinds('order:read', marks['before'])).toEqual([false, 'MEMBERSHIP', 'GRANT_LATER Agent', 'GRANT_LATER Viewer']);
    expect(await kinds('user:read', marks['joined'])).toEqual([false, 'MEMBERSHIP', 'GRANT_LATER Agent', 'ROLE_WITHOUT_IT Viewer', 'GRANT_LATER Reader']);
    // The custom role gave something else from then on; the agent's grant still stood.
    expect(await kinds('user:read', marks['changed'])).toEqual([true, 'MEMBERSHIP', 'ROLE Agent', 'ROLE_WITHOUT_IT Viewer', 'ROLE_WITHOUT_IT Reader']);
    expect(await kinds('user:read', marks['suspended'])).toEqual([false, 'MEMBERSHIP', 'GRANT_EXPIRED Agent', 'ROLE_WITHOUT_IT Viewer', 'ROLE_WITHOUT_IT Reader']);
    expect(await kinds('order:read', marks['suspended'])).toEqual([false, 'MEMBERSHIP', 'GRANT_EXPIRED Agent', 'ROLE Viewer', 'ROLE Reader']);
    expect((await explain('order:read', marks['suspended'])).reasons[0]?.text).toBe('The membership is SUSPENDED since 2026-11-21 14:00:00 UTC.');
    expect(await kinds('order:read')).toEqual([true, 'MEMBERSHIP', 'GRANT_EXPIRED Agent', 'ROLE Viewer', 'GRANT_REVOKED Reader']);
    expect(await kinds('conversation:send')).toEqual([false, 'MEMBERSHIP', 'GRANT_EXPIRED Agent', 'ROLE_WITHOUT_IT Viewer']);
  });

  it('agrees with what the gateway is told, for every permission', async () => {
    const actor = await people.actor('life@demo.test');
    for (const permission of identity.subject.running.services.roles.known()) {
      expect([permission, (await explain(permission)).allowed]).toEqual([permission, actor.permissions.includes(permission)]);
    }
  });

  it('judges the future by what stands now', async () => {
    await people.done('roleGrant', { userId, roleId: await people.roleId('Agent'), until: new Date(identity.now.getTime() + HOUR).toISOString() }, owner);
    const at = (milliseconds: number) => new Date(identity.now.getTime() + milliseconds).toISOString();
    expect((await kinds('conversation:send', at(HOUR - 1))).slice(0, 3)).toEqual([true, 'MEMBERSHIP', 'ROLE Agent']);
    expect((await kinds('conversation:send', at(HOUR)))[0]).toBe(false);
    expect((await kinds('order:read', '9999-12-31T23:59:59.999Z'))[0]).toBe(true);
  });

  it('says when there is no such permission, and when it is the platform\'s', async () => {
    expect(await kinds('order:invented')).toEqual([false, 'UNKNOWN_PERMISSION']);
    expect((await kinds('system:admin')).slice(0, 3)).toEqual([false, 'PLATFORM_SCOPE', 'MEMBERSHIP']);
  });

  it('anybody may ask about themselves; about others who manages people, and the trail knows', async () => {
    const viewer = await people.actor('viewer@demo.test');
    expect((await ask({ permission: 'order:read' }, viewer)).data).toMatchObject({ accessExplain: { user: { id: people.id('viewer@demo.test') }, allowed: true } });
    expect((await ask({ permission: 'order:read', userId }, viewer)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', permission: 'user:manage' } }]);
    expect((await ask({ permission: 'order:read', userId })).errors).toBeUndefined();
    expect((await identity.audit('access.explain')).at(-1)?.event).toMatchObject({ type: 'DATA_READ', resource: { type: 'User', id: userId }, actor: { id: people.id('owner@demo.test') } });
    expect((await ask({ permission: 'order:read' }, { ...owner, kind: 'api_key', sub: null, apiKey: newId() })).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: ['userId'] } }]);
  });

  it('knows nobody of other tenants, and takes no nonsense', async () => {
    for (const stranger of [people.id('owner@rival.test'), encodeId('user', newId())]) {
      expect(await ask({ permission: 'order:read', userId: stranger })).toEqual({ data: { accessExplain: null } });
    }
    expect((await ask({ permission: 'order:read', userId: 'me' })).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: ['userId'] } }]);
    expect((await ask({ permission: 'p'.repeat(101) })).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: ['permission'] } }]);
    expect((await ask({ permission: '\0' })).data).toMatchObject({ accessExplain: { allowed: false } });
    expect((await ask({ permission: 'order:read', at: '0000-01-01T00:00:00.000Z' })).data).toMatchObject({ accessExplain: { allowed: false } });
  });
});
