// Giving and taking roles: who, when, until when; within one's own rights; an owner always stays.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { AURORA, RIVAL, TestIdentity } from '../../../test/kit/identity.js';
import { People } from '../../../test/kit/people.js';

const HOUR = 3_600_000;
let identity: TestIdentity;
let people: People;
let owner: Actor;

beforeAll(async () => {
  identity = await TestIdentity.boot();
  people = new People(identity);
  owner = await people.actor('owner@demo.test');
});
afterAll(() => identity.close());

const session = async (actor: Actor) => identity.port.session(actor.session ?? '');
const later = (milliseconds: number): string => new Date(identity.now.getTime() + milliseconds).toISOString();

describe('roleGrant', () => {
  it('counts at the next request, and says who gave it', async () => {
    const userId = await people.admit('grown@demo.test', 'VIEWER');
    const grown = await people.actor('grown@demo.test');
    expect(await session(grown)).toMatchObject({ ok: true, permissions: expect.not.arrayContaining(['user:read']), validUntil: null });
    const { user } = await people.done('roleGrant', { userId, roleId: await people.roleId('Agent') }, owner);
    expect(user).toMatchObject({
      roles: [{ name: 'Agent' }, { name: 'Viewer' }],
      grants: [{ role: { name: 'Agent' }, grantedBy: { id: people.id('owner@demo.test') }, until: null, expired: false }, { role: { name: 'Viewer' }, grantedBy: null }],
    });
    expect(await session(grown)).toMatchObject({ ok: true, permissions: expect.arrayContaining(['user:read']) });
    const [told] = await identity.rows('select home, user_id from identity.access_change order by id desc limit 1');
    expect(told).toEqual({ home: AURORA, user_id: people.uuid('grown@demo.test') });
    expect((await identity.audit('role.grant')).at(-1)?.event).toMatchObject({
      outcome: 'SUCCESS', actor: { id: people.id('owner@demo.test') }, resource: { type: 'User', id: userId },
      before: { role: null }, after: { role: await people.roleId('Agent'), until: null, privileges: [] },
    });
    await people.done('roleGrant', { userId, roleId: await people.roleId('Administrator') }, owner);
    expect((await identity.audit('role.grant')).at(-1)?.event.after?.['privileges']).toEqual(['api_key:manage', 'user:manage']);
    await people.done('roleRevoke', { userId, roleId: await people.roleId('Administrator') }, owner);
  });

  it('ends at its instant, of which the gateway is told beforehand', async () => {
    const userId = await people.admit('guest@demo.test', 'VIEWER');
    const until = later(HOUR);
    await people.done('roleGrant', { userId, roleId: await people.roleId('Agent'), until }, owner);
    const guest = await people.actor('guest@demo.test');
    expect(await session(guest)).toMatchObject({ permissions: expect.arrayContaining(['user:read']), validUntil: until });
    identity.advance(HOUR - 1);
    expect(await session(guest)).toMatchObject({ permissions: expect.arrayContaining(['user:read']) });
    identity.advance(1);
    expect(await session(guest)).toMatchObject({ permissions: ['conversation:read', 'order:read'], validUntil: null });
    const { data } = await identity.subject.ask('{ viewer { roles { name } user { roles { name } grants { role { name } expired } } } }', {}, guest);
    expect(data).toEqual({ viewer: {
      roles: [{ name: 'Viewer' }], user: { roles: [{ name: 'Viewer' }], grants: [{ role: { name: 'Agent' }, expired: true }, { role: { name: 'Viewer' }, expired: false }] },
    } });
  });

  it('gives again what has expired, changes the end, and keeps what was', async () => {
    const [userId, roleId] = [people.id('guest@demo.test'), await people.roleId('Agent')];
    const past = () => identity.rows('select expires_at, ended_at from identity.past_grant where user_id = $1 order by id', [people.uuid('guest@demo.test')]);
    expect(await past()).toHaveLength(0);
    await people.done('roleGrant', { userId, roleId, until: later(HOUR) }, owner);
    expect(await past()).toHaveLength(1);
    await people.done('roleGrant', { userId, roleId, until: later(HOUR) }, owner);
    expect(await past()).toHaveLength(1);
    await people.done('roleGrant', { userId, roleId }, owner);
    expect(await past()).toEqual([expect.anything(), { expires_at: new Date(later(HOUR)), ended_at: identity.now }]);
  });

  it.each([
    ['an instant that is past', () => later(0)], ['the distant past', () => '0000-01-01T00:00:00.000Z'], ['the end of time', () => '9999-12-31T23:59:59.999Z'],
  ])('refuses %s as its end', async (_what, until) => {
    const before = await people.written();
    const { payload } = await people.mutate('roleGrant', { userId: people.id('viewer@demo.test'), roleId: await people.roleId('Agent'), until: until() }, owner);
    expect(payload).toMatchObject({ user: null, userErrors: [{ __typename: 'InputInvalid', field: ['input', 'until'] }] });
    expect(await people.written()).toEqual(before);
  });

  it('refuses an end that passes while the grant is being made, whenever it does', async () => {
    const userId = await people.admit('brief@demo.test', 'VIEWER');
    const roleId = await people.roleId('Agent');
    const outcomes: string[] = [];
    // The clock goes on with each look at it: one of these ends lies between any two looks.
    for (let looks = 1; looks <= 8; looks += 1) {
      const { payload, errors } = await identity.ticking(1, () => people.mutate('roleGrant', { userId, roleId, until: later(looks) }, owner));
      outcomes.push(errors ? 'failed' : payload.userErrors[0]?.__typename ?? 'given');
    }
    expect(new Set(outcomes)).toEqual(new Set(['InputInvalid', 'given']));
  });

  it('knows no people and roles of other tenants, and no unknown ones', async () => {
    const [viewer, agent] = [people.id('viewer@demo.test'), await people.roleId('Agent')];
    for (const [input, code] of [
      [{ userId: people.id('owner@rival.test'), roleId: agent }, 'NOT_FOUND'], [{ userId: encodeId('user', newId()), roleId: agent }, 'NOT_FOUND'],
      [{ userId: viewer, roleId: await people.roleId('Agent', RIVAL) }, 'NOT_FOUND'], [{ userId: viewer, roleId: encodeId('role', newId()) }, 'NOT_FOUND'],
    ] as const) {
      for (const field of ['roleGrant', 'roleRevoke']) {
        const before = await people.written();
        expect((await people.mutate(field, input, owner)).payload).toMatchObject({ user: null, userErrors: [{ code }] });
        expect(await people.written()).toEqual(before);
      }
    }
    for (const [input, field] of [[{ userId: 'x', roleId: agent }, 'userId'], [{ userId: viewer, roleId: viewer }, 'roleId']] as const) {
      expect((await people.mutate('roleGrant', input, owner)).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: ['input', field] } }]);
    }
  });
});

describe('roleRevoke', () => {
  it('counts at the next request', async () => {
    const grown = await people.actor('grown@demo.test');
    const input = { userId: people.id('grown@demo.test'), roleId: await people.roleId('Agent') };
    expect(await people.done('roleRevoke', input, owner)).toMatchObject({ user: { roles: [{ name: 'Viewer' }] } });
    expect(await session(grown)).toMatchObject({ permissions: expect.not.arrayContaining(['user:read']) });
    expect((await people.mutate('roleRevoke', input, owner)).payload).toMatchObject({ user: null, userErrors: [{ __typename: 'NotGranted', code: 'WRONG_STATE' }] });
  });
});

describe('nobody gives or takes beyond what they hold', () => {
  it('an administrator makes agents, and neither makes nor unmakes owners', async () => {
    await people.admit('chief@demo.test', 'ADMIN');
    const chief = await people.actor('chief@demo.test');
    const [userId, ownerId] = [people.id('viewer@demo.test'), people.id('owner@demo.test')];
    for (const [field, input] of [
      ['roleGrant', { userId, roleId: await people.roleId('Owner') }], ['roleGrant', { userId: people.id('chief@demo.test'), roleId: await people.roleId('Owner') }],
      ['roleRevoke', { userId: ownerId, roleId: await people.roleId('Owner') }],
    ] as const) {
      const before = await people.written();
      expect((await people.mutate(field, input, chief)).payload.userErrors).toMatchObject([{ __typename: 'GrantRefused', code: 'GRANT_REFUSED' }]);
      expect(await people.written()).toEqual(before);
    }
    await people.done('roleGrant', { userId, roleId: await people.roleId('Agent') }, chief);
    await people.done('roleRevoke', { userId, roleId: await people.roleId('Agent') }, chief);
  });

  it('not even within the second in which their own rights went', async () => {
    await people.admit('late@demo.test', 'ADMIN');
    const late = await people.actor('late@demo.test');
    await people.done('roleRevoke', { userId: people.id('late@demo.test'), roleId: await people.roleId('Administrator') }, owner);
    const before = await people.written();
    const { errors } = await people.mutate('roleGrant', { userId: people.id('late@demo.test'), roleId: await people.roleId('Administrator') }, late);
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', permission: 'user:manage' } }]);
    expect(await people.written()).toEqual(before);
    expect((await identity.audit('role.grant')).at(-1)?.event).toMatchObject({ outcome: 'DENIED', reason: 'FORBIDDEN' });
  });

  it('also on the platform', async () => {
    const root = await people.actor('root@demo.test');
    const [role] = await identity.rows<{ id: string }>(`select id from identity.role where preset = 'SUPER_ADMIN'`);
    const { payload } = await people.mutate('roleRevoke', { userId: people.id('root@demo.test'), roleId: encodeId('role', role?.id ?? '') }, root);
    expect(payload.userErrors).toMatchObject([{ __typename: 'LastOwner' }]);
    expect((await people.mutate('roleGrant', { userId: people.id('viewer@demo.test'), roleId: await people.roleId('Agent') }, root)).payload.userErrors)
      .toMatchObject([{ code: 'NOT_FOUND' }]);
  });
});

describe('an owner stays', () => {
  it('neither taken, nor given an end, nor suspended or removed by another owner at once', async () => {
    const [userId, roleId] = [people.id('owner@demo.test'), await people.roleId('Owner')];
    for (const [field, input] of [['roleRevoke', { userId, roleId }], ['roleGrant', { userId, roleId, until: later(HOUR) }]] as const) {
      const before = await people.written();
      expect((await people.mutate(field, input, owner)).payload).toMatchObject({ user: null, userErrors: [{ __typename: 'LastOwner', code: 'LAST_OWNER' }] });
      expect(await people.written()).toEqual(before);
    }
    await people.admit('second@demo.test', 'VIEWER');
    await people.done('roleGrant', { userId: people.id('second@demo.test'), roleId, until: later(HOUR) }, owner);
    // An owner whose grant ends is none to rely on.
    expect((await people.mutate('roleRevoke', { userId, roleId }, owner)).payload.userErrors).toMatchObject([{ code: 'LAST_OWNER' }]);
  });

  it('of twenty who give up their rank at the same moment, one does', async () => {
    const emails = Array.from({ length: 20 }, (_, index) => `owner${index}@rival.test`);
    for (const email of emails) await people.admit(email, 'OWNER', RIVAL);
    const actors = await Promise.all(emails.map((email) => people.actor(email)));
    const roleId = await people.roleId('Owner', RIVAL);
    await people.done('roleRevoke', { userId: people.id('owner@rival.test'), roleId }, actors[0] as Actor);
    let [running, most] = [0, 0];
    const answers = await Promise.all(actors.map(async (actor, index) => {
      most = Math.max(most, running += 1);
      const answer = await people.mutate('roleRevoke', { userId: people.id(emails[index] ?? ''), roleId }, actor);
      running -= 1;
      return answer.payload.userErrors[0]?.code ?? 'gone';
    }));
    expect(most).toBe(20);
    expect(answers.sort()).toEqual(['LAST_OWNER', ...Array<string>(19).fill('gone')]);
    expect(await identity.rows(`select g.user_id from identity.membership_role g join identity.role r on r.id = g.role_id
      where g.tenant_id = $1 and r.preset = 'OWNER'`, [RIVAL])).toHaveLength(1);
  });
});
