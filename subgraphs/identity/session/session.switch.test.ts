// Going on in another tenant: whose it is, what it keeps of the sign-in, and what the second factor has to do with it.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { AURORA, PASSWORD, RIVAL, TestIdentity, type Tokens } from '../../../test/kit/identity.js';
import { MfaPerson, refusal, run } from '../mfa/mfa.fixture.js';

const SWITCH = 'mutation ($input: SessionSwitchTenantInput!) { sessionSwitchTenant(input: $input) { session { accessToken } } }';
const DAY = 24 * 60 * 60_000;
const BOTH = 'both@demo.test';
const tnt = (id: string) => encodeId('tnt', id);

let identity: TestIdentity;
let me: MfaPerson | null = null;
beforeAll(async () => { identity = await TestIdentity.boot(); });
afterEach(async () => {
  await me?.forget();
  await identity.rows('delete from identity.security_policy');
});
afterAll(() => identity.close());

const demand = (tenant: string) => identity.rows(
  `insert into identity.security_policy values ($1, true, 20160, 43200, $2)`, [tenant, identity.now]);
const sessions = async () => (await identity.rows<{ count: number }>('select count(*)::int from identity.session'))[0]?.count;

describe('sessionSwitchTenant', () => {
  it('opens a session in another tenant of the account and tells both trails, neither of the other', async () => {
    const { actor } = (me = await MfaPerson.signedIn(identity, BOTH, tnt(AURORA)));
    const { session, userErrors } = await me.run('sessionSwitchTenant', { tenantId: tnt(RIVAL) });
    expect(userErrors).toEqual([]);
    expect(await identity.actorOf(session?.accessToken ?? '')).toMatchObject({ sub: actor.sub, tenant: RIVAL });
    expect((await identity.port.session(actor.session ?? '')).ok).toBe(true);
    const events = (await identity.audit('auth.switch_tenant')).slice(-2);
    expect(events.map(({ tenant }) => tenant).sort()).toEqual([AURORA, RIVAL].sort());
    for (const { tenant, event } of events) {
      expect(event).toMatchObject({ outcome: 'SUCCESS', actor: { kind: 'user', id: encodeId('user', actor.sub ?? '') } });
      expect(JSON.stringify(event)).not.toContain(tnt(tenant === RIVAL ? AURORA : RIVAL));
    }
  });

  it('does not make the sign-in last longer', async () => {
    me = await MfaPerson.signedIn(identity, BOTH, tnt(AURORA));
    identity.advance(10 * DAY);
    const { session } = await me.run('sessionSwitchTenant', { tenantId: tnt(RIVAL) });
    const sid = await identity.sessionOf(session?.accessToken ?? '');
    const [stored] = await identity.rows<{ created_at: Date }>('select created_at from identity.session where id = $1', [sid]);
    expect(stored?.created_at).toEqual(new Date(identity.now.getTime() - 10 * DAY));
  });

  it('leads nowhere but to tenants one is an active member of', async () => {
    me = await MfaPerson.signedIn(identity, BOTH, tnt(AURORA));
    const owner = await MfaPerson.signedIn(identity, 'owner@demo.test');
    const before = await sessions();
    await identity.rows(`update identity.membership set status = 'SUSPENDED' where email = $1 and tenant_id = $2`, [BOTH, RIVAL]);
    for (const refused of [await me.run('sessionSwitchTenant', { tenantId: tnt(RIVAL) }), await me.run('sessionSwitchTenant', { tenantId: tnt(newId()) }),
      await owner.run('sessionSwitchTenant', { tenantId: tnt(RIVAL) })]) {
      expect(refused).toEqual({ session: null, userErrors: [{ __typename: 'InputInvalid', code: 'BAD_USER_INPUT', field: ['input', 'tenantId'] }] });
    }
    for (const { tenant, event } of (await identity.audit('auth.switch_tenant')).slice(-3)) {
      expect([tenant, event]).toMatchObject([AURORA, { outcome: 'FAILURE', actor: { kind: 'user' }, after: { member: false } }]);
    }
    await expect(me.run('sessionSwitchTenant', { tenantId: 'tnt_x' })).rejects.toThrow('BAD_USER_INPUT');
    expect(await sessions()).toBe(before);
    await identity.rows(`update identity.membership set status = 'ACTIVE' where email = $1 and tenant_id = $2`, [BOTH, RIVAL]);
    expect(refusal(await me.run('sessionSwitchTenant', { tenantId: tnt(RIVAL) }))).toBeNull();
  });

  it('leads to no second session in the present tenant', async () => {
    me = await MfaPerson.signedIn(identity, BOTH, tnt(AURORA));
    const before = await sessions();
    expect(await me.run('sessionSwitchTenant', { tenantId: tnt(AURORA) }))
      .toEqual({ session: null, userErrors: [{ __typename: 'InputInvalid', code: 'BAD_USER_INPUT', field: ['input', 'tenantId'] }] });
    expect(await sessions()).toBe(before);
  });

  it('is of the family it comes from: a spent refresh token that comes back ends it too, in every tenant', async () => {
    const first = await identity.signIn(BOTH, tnt(AURORA));
    const { session: stolen } = (await identity.refresh(first.refreshToken)).data?.['sessionRefresh'] as { session: Tokens };
    const thief = await identity.actorOf(stolen.accessToken);
    const away = (await run(identity, 'sessionSwitchTenant', { tenantId: tnt(RIVAL) }, thief)).session;
    const back = (await run(identity, 'sessionSwitchTenant', { tenantId: tnt(AURORA) }, await identity.actorOf(away?.accessToken ?? ''))).session;
    const family = await Promise.all([first, away, back].map((one) => identity.sessionOf(one?.accessToken ?? '')));
    const other = await identity.signIn(BOTH, tnt(RIVAL));
    identity.advance(60_000);
    expect((await identity.refresh(first.refreshToken)).data).toMatchObject({ sessionRefresh: { session: null, userErrors: [{ code: 'SESSION_EXPIRED' }] } });
    expect(await identity.rows('select revoked_reason, count(*)::int from identity.session where id = any($1) group by 1', [family])).toEqual([{ revoked_reason: 'REFRESH_REUSE', count: 3 }]);
    expect((await identity.port.session(await identity.sessionOf(other.accessToken))).ok).toBe(true);
    const people = (await identity.audit('auth.refresh_reuse')).map(({ event }) => event.actor);
    expect(people).toEqual(Array(people.length).fill({ kind: 'user', id: encodeId('user', thief.sub ?? '') }));
    expect((await identity.audit('auth.refresh_reuse')).map(({ tenant, event }) => [tenant, event.outcome, event.after]).sort())
      .toEqual([[AURORA, 'FAILURE', { sessionsEnded: 2 }], [RIVAL, 'FAILURE', { sessionsEnded: 1 }]].sort());
    // Whoever switches at that moment waits, and finds the session they come from ended.
    const again = await identity.signIn(BOTH, tnt(AURORA));
    const { session: next } = (await identity.refresh(again.refreshToken)).data?.['sessionRefresh'] as { session: Tokens };
    const late = await identity.actorOf(next.accessToken);
    identity.advance(60_000);
    const before = await sessions();
    const [, switched] = await identity.holding('select from identity.account where id = $1 for no key update', [late.sub],
      [() => identity.refresh(again.refreshToken), () => identity.subject.ask(SWITCH, { input: { tenantId: tnt(RIVAL) } }, late)]);
    expect(switched?.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    expect(await sessions()).toBe(before);
  });

  it('leads to no tenant whose limit the sign-in has passed', async () => {
    me = await MfaPerson.signedIn(identity, BOTH, tnt(AURORA));
    await identity.rows('insert into identity.security_policy values ($1, false, 60, 480, $2)', [RIVAL, identity.now]);
    identity.advance(8 * 60 * 60_000 - 1);
    const { session } = await me.run('sessionSwitchTenant', { tenantId: tnt(RIVAL) });
    expect((await identity.port.session(await identity.sessionOf(session?.accessToken ?? ''))).ok).toBe(true);
    identity.advance(1);
    const before = await sessions();
    expect(await me.run('sessionSwitchTenant', { tenantId: tnt(RIVAL) }))
      .toEqual({ session: null, userErrors: [{ __typename: 'SessionExpired', code: 'SESSION_EXPIRED', field: ['input', 'tenantId'] }] });
    expect(await sessions()).toBe(before);
    expect((await identity.audit('auth.switch_tenant')).at(-1)).toMatchObject({ tenant: AURORA, event: { outcome: 'FAILURE', resource: { id: encodeId('sess', me.actor.session ?? '') } } });
  });

  it('asks a session without a second factor for one where it is demanded', async () => {
    me = await MfaPerson.signedIn(identity, BOTH, tnt(AURORA));
    await demand(RIVAL);
    const before = await sessions();
    expect(await me.run('sessionSwitchTenant', { tenantId: tnt(RIVAL) }))
      .toEqual({ session: null, userErrors: [{ __typename: 'MfaRequired', code: 'MFA_REQUIRED', field: ['input', 'tenantId'] }] });
    expect(await sessions()).toBe(before);
    await me.setUp();
    await me.run('mfaTotpConfirm', { code: me.code() });
    const { session } = await me.run('sessionSwitchTenant', { tenantId: tnt(RIVAL) });
    expect(await identity.actorOf(session?.accessToken ?? '')).toMatchObject({ tenant: RIVAL });
  });
});

describe('a tenant that demands a second factor', () => {
  it('lets nobody in without, and lets them set one up on the way in', async () => {
    me = await MfaPerson.signedIn(identity, 'owner@rival.test');
    const other = await MfaPerson.signedIn(identity, 'owner@demo.test');
    await demand(RIVAL);
    expect(await identity.port.session(me.actor.session ?? '')).toEqual({ ok: false, reason: 'revoked' });
    expect((await identity.port.session(other.actor.session ?? '')).ok).toBe(true);
    const before = await sessions();
    const { session, mfaChallenge } = await me.login();
    expect([session, mfaChallenge?.methods, mfaChallenge?.setUpRequired]).toEqual([null, [], true]);
    const token = mfaChallenge?.token ?? '';
    expect(refusal(await run(identity, 'mfaChallengeConfirm', { token, code: '000000' }))).toBe('MfaCodeInvalid');
    const { provisioning } = await run(identity, 'mfaChallengeSetUp', { token });
    me.provision(provisioning?.secret ?? '');
    expect(refusal(await run(identity, 'mfaChallengeConfirm', { token, code: me.wrong() }))).toBe('MfaCodeInvalid');
    expect(await sessions()).toBe(before);
    const done = await run(identity, 'mfaChallengeConfirm', { token, code: me.code() });
    expect(done.backupCodes).toHaveLength(10);
    expect(await identity.actorOf(done.session?.accessToken ?? '')).toMatchObject({ tenant: RIVAL });
    expect((await identity.audit('mfa.enable')).at(-1)).toMatchObject({ tenant: RIVAL, event: { outcome: 'SUCCESS', after: { signedIn: true } } });
    expect(refusal(await run(identity, 'mfaChallengeSetUp', { token }))).toBe('MfaChallengeInvalid');
    expect(refusal(await run(identity, 'mfaChallengeConfirm', { token, code: me.code(1) }))).toBe('MfaChallengeInvalid');
  });

  it('takes no answer for a set-up, whose backup codes nobody would have seen', async () => {
    me = await MfaPerson.signedIn(identity, 'owner@rival.test');
    await demand(RIVAL);
    const [used = '', waiting = ''] = await me.challenges(2);
    me.provision((await run(identity, 'mfaChallengeSetUp', { token: used })).provisioning?.secret ?? '');
    const { session, backupCodes } = await run(identity, 'mfaChallengeConfirm', { token: used, code: me.code() });
    identity.advance(30_000);
    const before = await sessions();
    expect(await me.answer(waiting, me.code())).toMatchObject({ session: null, userErrors: [{ __typename: 'MfaChallengeInvalid' }] });
    expect(await sessions()).toBe(before);
    expect((await identity.port.session(await identity.sessionOf(session?.accessToken ?? ''))).ok).toBe(true);
    expect(refusal(await me.answer(await me.challenge(), backupCodes?.[0] ?? '', { method: 'BACKUP_CODE' }))).toBeNull();
  });

  it('is not refreshed into by a session without', async () => {
    const { refreshToken } = await identity.signIn('owner@rival.test');
    const spent = refreshToken;
    const refreshed = async (token: string) => (await identity.refresh(token)).data?.['sessionRefresh'] as { session: Tokens | null; userErrors: { code: string }[] };
    const next = (await refreshed(spent)).session?.refreshToken ?? '';
    await demand(RIVAL);
    // Neither by its newest token nor by repeating the call that made it.
    for (const token of [next, spent]) expect(await refreshed(token)).toMatchObject({ session: null, userErrors: [{ code: 'SESSION_EXPIRED' }] });
    await identity.rows('delete from identity.security_policy');
    expect((await refreshed(next)).userErrors).toEqual([]);
  });

  it('keeps its people from giving it up, and a challenge of one kind from serving as the other', async () => {
    me = await MfaPerson.enabled(identity, BOTH, tnt(AURORA));
    const token = await me.challenge();
    expect(refusal(await run(identity, 'mfaChallengeSetUp', { token }))).toBe('MfaChallengeInvalid');
    expect(refusal(await run(identity, 'mfaChallengeConfirm', { token, code: me.code() }))).toBe('MfaChallengeInvalid');
    await demand(RIVAL);
    expect(refusal(await me.run('mfaDisable', { password: PASSWORD, code: me.code() }))).toBe('MfaRequired');
    expect((await me.login()).mfaChallenge?.setUpRequired).toBe(false);
    await identity.rows('delete from identity.security_policy');
    expect(refusal(await me.run('mfaDisable', { password: PASSWORD, code: me.code() }))).toBeNull();
  });
});
