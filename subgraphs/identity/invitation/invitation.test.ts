// Inviting people and joining: with a new account, signed in, by password; once; within the rights of who invited.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Actor } from '../../kernel/base/actor.js';
import { encodeId } from '../../kernel/base/ids.js';
import { AURORA, PASSWORD, RIVAL, TestIdentity } from '../../../test/kit/identity.js';
import { People } from '../../../test/kit/people.js';
import { MfaPerson } from '../mfa/mfa.fixture.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const STRONG = 'four words in a row';
const INVALID = { tenantId: null, userErrors: [{ __typename: 'TokenInvalid', code: 'TOKEN_INVALID', field: ['input', 'token'] }] };
const HERE = encodeId('tnt', AURORA);

let identity: TestIdentity;
let people: People;
let owner: Actor;

beforeAll(async () => {
  identity = await TestIdentity.boot();
  people = new People(identity);
  owner = await people.actor('owner@demo.test');
});
afterAll(() => identity?.close());

const accept = async (input: Record<string, unknown>, actor?: Actor) => (await people.mutate('invitationAccept', input, actor)).payload;
/** An acceptance that must leave everything as it was. */
async function refused(input: Record<string, unknown>, actor?: Actor) {
  const before = await people.written();
  const payload = await accept(input, actor);
  expect(await people.written()).toEqual(before);
  return payload;
}
const memberships = (email: string) => identity.rows<{ user_id: string; status: string; roles: string[] }>(
  `select m.user_id, m.status, array(select r.name from identity.membership_role g join identity.role r on r.id = g.role_id
    where g.tenant_id = m.tenant_id and g.user_id = m.user_id order by 1) as roles
    from identity.membership m where m.tenant_id = $1 and m.email = $2`, [AURORA, email]);
const list = async (variables: Record<string, unknown> = {}) => {
  const { data, errors } = await identity.subject.ask(`query ($first: Int, $after: String, $filter: InvitationFilter) {
    invitations(first: $first, after: $after, filter: $filter) { nodes { email status roles { name } } pageInfo { endCursor hasNextPage } } }`, variables, owner);
  expect(errors).toBeUndefined();
  return data?.['invitations'] as { nodes: { email: string | null; status: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean } };
};

describe('an invitation', () => {
  it('goes under the name of a tenant with white label, while its tier includes that', async () => {
    const { organizations } = identity.subject.running.services;
    const brand = { name: 'Aurora <at> home', supportUrl: 'https://help.aurora.test', poweredBy: false };
    const invited = async (email: string) => {
      await people.done('invitationCreate', { email, roleIds: [await people.roleId('Viewer')] }, owner);
      return (await identity.mails(email)).at(-1)?.text ?? '';
    };
    const features = (set: string) => identity.rows('update identity.tenant_limit set features = $2 where tenant_id = $1', [AURORA, set]);
    const [before] = await identity.rows<{ features: string[] }>('select features from identity.tenant_limit where tenant_id = $1', [AURORA]);
    expect(await organizations.follow({ tenantId: AURORA, name: 'Trattoria Aurora', state: 'ACTIVE', version: 1_000, brand })).toBe(true);
    await features('{}');
    expect(await invited('one@brand.test')).toContain('in Trattoria Aurora on Switchboard');
    await features('{WHITE_LABEL}');
    const text = await invited('two@brand.test');
    expect(text).toContain('in Trattoria Aurora on Aurora <at> home.');
    expect(text).toContain('Questions? https://help.aurora.test');
    expect(text).not.toContain('Switchboard');
    await organizations.follow({ tenantId: AURORA, name: 'Trattoria Aurora', state: 'ACTIVE', version: 1_001, brand: { ...brand, poweredBy: true } });
    expect(await invited('three@brand.test')).toContain('Powered by Switchboard');
    await organizations.follow({ tenantId: AURORA, name: 'Trattoria Aurora', state: 'ACTIVE', version: 1_002 });
    expect(await invited('four@brand.test')).toContain('on Switchboard');
    await features(`{${(before?.features ?? []).join(',')}}`);
    await identity.rows(`delete from identity.invitation where email like '%@brand.test'`);
  });

  it('is mailed to the address, its secret kept nowhere else, and makes account and membership when it is accepted', async () => {
    const { invitation } = await people.done('invitationCreate', { email: ' New@Guest.test ', roleIds: [await people.roleId('Agent'), await people.roleId('Viewer')] }, owner);
    expect(invitation).toMatchObject({
      email: 'new@guest.test', status: 'PENDING', roles: [{ name: 'Agent' }, { name: 'Viewer' }], invitedBy: { id: people.id('owner@demo.test') }, acceptedBy: null,
      createdAt: identity.now.toISOString(), expiresAt: new Date(identity.now.getTime() + 7 * DAY).toISOString(),
    });
    const [mail] = await identity.mails('new@guest.test');
    expect(mail).toMatchObject({ kind: 'INVITATION', home: AURORA, subject: 'You are invited to Trattoria Aurora' });
    expect(mail?.text).toContain(`http://127.0.0.1:4000/accept-invitation#token=${mail?.token}`);
    expect(JSON.stringify(await identity.rows('select * from identity.invitation'))).not.toContain(mail?.token);
    expect((await identity.audit('invitation.create')).map(({ event }) => JSON.stringify(event)).join()).not.toMatch(/guest\.test/);

    const token = mail?.token;
    expect(await refused({ token })).toMatchObject({ userErrors: [{ __typename: 'InvitationProofRequired', field: ['input', 'password'], accountExists: false }] });
    expect(await refused({ token, password: STRONG })).toMatchObject({ userErrors: [{ code: 'BAD_USER_INPUT', field: ['input', 'displayName'] }] });
    expect(await refused({ token, password: 'too short', displayName: 'Nell' })).toMatchObject({ userErrors: [{ code: 'PASSWORD_UNACCEPTABLE', field: ['input', 'password'] }] });
    expect(await refused({ token, password: 'Trattoria Aurora!!', displayName: 'Nell' })).toMatchObject({ userErrors: [{ code: 'PASSWORD_UNACCEPTABLE' }] });
    expect(await accept({ token, password: STRONG, displayName: ' Nell ' })).toEqual({ tenantId: HERE, userErrors: [] });
    expect(await memberships('new@guest.test')).toEqual([expect.objectContaining({ status: 'ACTIVE', roles: ['Agent', 'Viewer'] })]);
    const nell = await identity.actorOf((await identity.signIn('new@guest.test', undefined, STRONG)).accessToken);
    const { data } = await identity.subject.ask('{ viewer { user { displayName grants { role { name } grantedBy { displayName } } } } }', {}, nell);
    expect(data).toEqual({ viewer: { user: { displayName: 'Nell', grants: ['Agent', 'Viewer'].map((name) => ({ role: { name }, grantedBy: { displayName: 'owner' } })) } } });
    expect(await identity.rows('select email, accepted_by from identity.invitation')).toEqual([{ email: null, accepted_by: nell.sub }]);
    expect((await identity.audit('invitation.accept')).at(-1)).toMatchObject({
      tenant: AURORA, event: { outcome: 'SUCCESS', actor: { kind: 'anonymous' }, after: { user: encodeId('user', nell.sub ?? '') } },
    });
    expect((await identity.audit('role.grant')).slice(-2).map(({ event }) => [event.resource?.id, event.after?.['privileges']])).toEqual(Array(2).fill([encodeId('user', nell.sub ?? ''), []]));
    expect(await refused({ token, password: STRONG, displayName: 'Nell' })).toMatchObject(INVALID);
  });

  it('makes the account that a registration of the same address was to make, and the registration makes nothing any more', async () => {
    const email = 'eager@guest.test';
    await identity.subject.ask('mutation ($input: AccountRegisterInput!) { accountRegister(input: $input) { registered } }', {
      input: { email, displayName: 'Eager', organizationName: 'Eager Eats' } });
    const registered = await people.link(email);
    const { token } = await people.invite(email, 'Viewer', owner);
    expect(await accept({ token, password: STRONG, displayName: 'Eager' })).toMatchObject({ tenantId: HERE });
    const before = await people.written();
    const { data } = await identity.subject.ask('mutation ($input: AccountEmailVerifyInput!) { accountEmailVerify(input: $input) { userErrors { code } } }', { input: { token: registered, password: 'another four words here' } });
    expect(data).toEqual({ accountEmailVerify: { userErrors: [{ code: 'TOKEN_INVALID' }] } });
    expect(await people.written()).toEqual(before);
  });

  it('is accepted by who is signed in with its address, whatever the tenant, and opens no session', async () => {
    const { token } = await people.invite('owner@rival.test', 'Viewer', owner);
    const [rival, viewer] = [await people.actor('owner@rival.test'), await people.actor('viewer@demo.test')];
    expect(await refused({ token }, viewer)).toMatchObject({ userErrors: [{ __typename: 'InvitationProofRequired', accountExists: true }] });
    expect(await refused({ token }, { ...rival, kind: 'api_key', sub: null, session: null, apiKey: rival.sub })).toMatchObject({ userErrors: [{ __typename: 'InvitationProofRequired' }] });
    const sessions = async () => (await identity.rows('select 1 from identity.session')).length;
    const before = await sessions();
    expect(await accept({ token, displayName: 'Somebody else' }, rival)).toEqual({ tenantId: HERE, userErrors: [] });
    expect(await sessions()).toBe(before);
    expect(await identity.rows('select display_name from identity.membership where tenant_id = $1 and user_id = $2', [AURORA, rival.sub])).toEqual([{ display_name: 'owner' }]);
    expect((await people.actor('owner@rival.test', HERE)).permissions).toEqual(['conversation:read', 'order:read']);
  });

  it('is accepted by the password of its account; a wrong one counts as at sign-in', async () => {
    await people.admit('known@rival.test', 'VIEWER', RIVAL);
    const { token } = await people.invite('known@rival.test', 'Viewer', owner);
    expect(await refused({ token, password: 'wrong' })).toMatchObject({ userErrors: [{ __typename: 'InvalidCredentials', field: ['input', 'password'] }] });
    expect(await accept({ token, password: PASSWORD })).toMatchObject({ tenantId: HERE });

    await people.admit('guessed@rival.test', 'VIEWER', RIVAL);
    const guessed = await people.invite('guessed@rival.test', 'Viewer', owner);
    const codes = [];
    for (let time = 0; time < 6; time += 1) codes.push((await refused({ token: guessed.token, password: `wrong ${time}` })).userErrors[0]?.code);
    expect(codes).toEqual([...Array<string>(5).fill('INVALID_CREDENTIALS'), 'RATE_LIMITED']);
    expect((await identity.login({ email: 'guessed@rival.test', password: PASSWORD })).data).toMatchObject({ login: { session: null, userErrors: [{ code: 'RATE_LIMITED' }] } });
    expect(await refused({ token: guessed.token, password: PASSWORD })).toMatchObject({ userErrors: [{ code: 'RATE_LIMITED' }] });
  });

  it('does not go around a second factor', async () => {
    await people.admit('careful@rival.test', 'VIEWER', RIVAL);
    await MfaPerson.enabled(identity, 'careful@rival.test');
    const { token } = await people.invite('careful@rival.test', 'Viewer', owner);
    expect(await accept({ token, password: PASSWORD })).toEqual({ tenantId: HERE, userErrors: [] });
    expect((await identity.login({ email: 'careful@rival.test', password: PASSWORD, tenantId: HERE })).data)
      .toMatchObject({ login: { session: null, mfaChallenge: { token: expect.any(String) } } });
  });

  it.each([
    ['makes one account and membership', 'fresh@guest.test', null], ['makes one membership of somebody signed in', 'crowd@rival.test', 'crowd@rival.test'],
  ])('accepted twenty times at once %s', async (_what, email, signedIn) => {
    if (signedIn) await people.admit(signedIn, 'VIEWER', RIVAL);
    const actor = signedIn ? await people.actor(signedIn) : undefined;
    const { token } = await people.invite(email, 'Agent', owner);
    const answers = await Promise.all(Array.from({ length: 20 }, () => accept({ token, password: STRONG, displayName: 'Crowd' }, actor)));
    expect(answers.filter(({ tenantId }) => tenantId === HERE)).toHaveLength(1);
    const late = answers.filter(({ tenantId }) => tenantId === null).map(({ userErrors }) => userErrors[0]?.code);
    // Who finds the account made meanwhile proves its password, as a sign-in that is counted.
    expect(late.filter((code) => code !== 'TOKEN_INVALID' && code !== 'RATE_LIMITED')).toEqual([]);
    expect(await memberships(email)).toEqual([expect.objectContaining({ roles: ['Agent'] })]);
    expect(await identity.rows('select 1 from identity.account where email = $1', [email])).toHaveLength(1);
    expect((await identity.audit('invitation.accept')).filter(({ event }) => event.outcome === 'SUCCESS' && event.after?.['user'] === encodeId('user', actor?.sub ?? '-')))
      .toHaveLength(signedIn ? 1 : 0);
  });
});

describe('the end of an invitation', () => {
  it('comes after seven days; it can then be sent again, and a new one takes its place', async () => {
    const { id, token } = await people.invite('slow@guest.test', 'Viewer', owner);
    identity.advance(7 * DAY - 1);
    expect(await refused({ token })).toMatchObject({ userErrors: [{ __typename: 'InvitationProofRequired' }] });
    identity.advance(1);
    owner = await people.actor('owner@demo.test');
    expect(await refused({ token, password: STRONG, displayName: 'S' })).toMatchObject(INVALID);
    expect((await list({ filter: { status: 'EXPIRED' } })).nodes.map(({ email }) => email)).toContain('slow@guest.test');
    expect(await people.done('invitationResend', { invitationId: id }, owner)).toMatchObject({
      invitation: { id, status: 'PENDING', expiresAt: new Date(identity.now.getTime() + 7 * DAY).toISOString() },
    });
    expect(await refused({ token, password: STRONG, displayName: 'S' })).toMatchObject(INVALID);
    expect(await refused({ token: await people.link('slow@guest.test') })).toMatchObject({ userErrors: [{ __typename: 'InvitationProofRequired' }] });
    identity.advance(7 * DAY);
    owner = await people.actor('owner@demo.test');
    const newer = await people.invite('slow@guest.test', 'Agent', owner);
    expect(newer.id).not.toBe(id);
    expect((await people.mutate('invitationResend', { invitationId: id }, owner)).payload).toMatchObject({ invitation: null, userErrors: [{ __typename: 'InvitationEnded' }] });
  });

  it('comes when it is revoked', async () => {
    const { id, token } = await people.invite('regret@guest.test', 'Viewer', owner);
    expect(await people.done('invitationRevoke', { invitationId: id }, owner)).toMatchObject({ invitation: { status: 'REVOKED', endedAt: identity.now.toISOString(), acceptedBy: null } });
    expect(await refused({ token, password: STRONG, displayName: 'R' })).toMatchObject(INVALID);
    for (const field of ['invitationRevoke', 'invitationResend']) {
      expect((await people.mutate(field, { invitationId: id }, owner)).payload.userErrors).toMatchObject([{ __typename: 'InvitationEnded', code: 'WRONG_STATE' }]);
    }
    await people.invite('regret@guest.test', 'Viewer', owner);
  });

  it('waits while the tenant is suspended, and is none while it is being deleted', async () => {
    const { token } = await people.invite('patient@guest.test', 'Viewer', owner);
    const stands = (state: string) => identity.rows(`insert into identity.organization (tenant_id, name, state, state_version, created_at) values ($1, 'Aurora', $2, 1, now())
      on conflict (tenant_id) do update set state = excluded.state`, [AURORA, state]);
    await stands('SUSPENDED');
    expect(await refused({ token, password: STRONG, displayName: 'P' })).toMatchObject({ tenantId: null, userErrors: [{ __typename: 'TenantSuspended', code: 'TENANT_SUSPENDED' }] });
    await stands('DELETING');
    expect(await refused({ token, password: STRONG, displayName: 'P' })).toMatchObject(INVALID);
    await stands('ACTIVE');
    expect(await accept({ token, password: STRONG, displayName: 'P' })).toMatchObject({ userErrors: [] });
  });

  it('comes with the rights of who invited: nobody leaves a back door', async () => {
    await people.admit('chief@demo.test', 'ADMIN');
    const chief = await people.actor('chief@demo.test');
    const { id, token } = await people.invite('door@guest.test', 'Administrator', chief);
    const proof = { token, password: STRONG, displayName: 'D' };
    const rank = { userId: people.id('chief@demo.test'), roleId: await people.roleId('Administrator') };
    await people.done('roleRevoke', rank, owner);
    expect(await refused(proof)).toMatchObject(INVALID);
    await people.done('roleGrant', rank, owner);
    await people.done('userSuspend', { userId: rank.userId }, owner);
    expect(await refused(proof)).toMatchObject(INVALID);
    // Who sends it again vouches for it from then on.
    expect(await people.done('invitationResend', { invitationId: id }, owner)).toMatchObject({ invitation: { invitedBy: { id: people.id('owner@demo.test') } } });
    expect(await accept({ ...proof, token: await people.link('door@guest.test') })).toMatchObject({ tenantId: HERE });
  });

  it('comes with a role that it offers', async () => {
    const { role } = await people.done('roleCreate', { name: 'Passing', permissions: ['order:read'] }, owner);
    const { id, token } = await people.invite('passing@guest.test', 'Passing', owner);
    await people.done('roleDelete', { roleId: (role as { id: string }).id }, owner);
    expect(await refused({ token, password: STRONG, displayName: 'P' })).toMatchObject(INVALID);
    expect((await people.mutate('invitationResend', { invitationId: id }, owner)).payload.userErrors).toMatchObject([{ __typename: 'RoleNotFound' }]);
    await people.done('invitationRevoke', { invitationId: id }, owner);
  });
});

describe('somebody who was removed', () => {
  it('comes back by an invitation, to their old row, without their old roles', async () => {
    const userId = await people.admit('back@demo.test', 'ADMIN');
    const before = await people.actor('back@demo.test');
    await people.done('userDelete', { userId }, owner);
    // As a login would leave it that had read the membership before the removal and stored its session after it.
    await identity.rows('update identity.session set revoked_at = null, revoked_reason = null where id = $1', [before.session]);
    const { token } = await people.invite('back@demo.test', 'Viewer', owner);
    expect(await accept({ token, password: PASSWORD })).toEqual({ tenantId: HERE, userErrors: [] });
    expect(await memberships('back@demo.test')).toEqual([{ user_id: people.uuid('back@demo.test'), status: 'ACTIVE', roles: ['Viewer'] }]);
    expect((await identity.port.session(before.session ?? '')).ok).toBe(false);
    expect((await people.actor('back@demo.test')).permissions).toEqual(['conversation:read', 'order:read']);
    expect(await identity.rows('select status from identity.membership_change where user_id = $1 order by id', [before.sub])).toEqual([{ status: 'DELETED' }, { status: 'ACTIVE' }]);
    expect(await identity.rows('select 1 from identity.membership where user_id = $1 and removal_announced_at is not null', [before.sub])).toEqual([]);
  });
});

describe('invitations', () => {
  it('are listed newest first, page by page, by state, in a few statements', async () => {
    const all: (string | null)[] = [];
    let after: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof list>> = await list({ first: 4, after });
      all.push(...page.nodes.map(({ email }) => email));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after);
    const stored = await identity.rows<{ email: string | null }>('select email from identity.invitation order by id desc');
    expect(all).toEqual(stored.map(({ email }) => email));
    expect(all.length).toBeGreaterThan(10);
    for (const status of ['PENDING', 'ACCEPTED', 'REVOKED', 'EXPIRED']) {
      const { nodes } = await list({ first: 100, filter: { status } });
      expect([status, nodes.length > 0, nodes.every((one) => one.status === status)]).toEqual([status, true, true]);
    }
    const cost = async (first: number): Promise<number> => {
      const { database } = identity.subject.running;
      const began = database.statements;
      await list({ first });
      return database.statements - began;
    };
    expect(await cost(8)).toBe(await cost(2));
  });
});
