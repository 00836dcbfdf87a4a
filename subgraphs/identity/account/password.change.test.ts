// Recovering and changing a password: who may, what ends with it, what is never said, and what a second factor keeps.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Actor } from '../../kernel/base/actor.js';
import { OTHER, STRONG, TestAccounts } from '../../../test/kit/account.js';
import { AURORA, PASSWORD, RIVAL } from '../../../test/kit/identity.js';
import { PLATFORM_TENANT_ID } from '../platform.js';

let house: TestAccounts;
beforeAll(async () => { house = await TestAccounts.boot(); });
afterAll(() => house?.close());

const MINUTE = 60_000;
const INVALID = { reset: null, userErrors: [{ __typename: 'TokenInvalid', code: 'TOKEN_INVALID', field: ['input', 'token'] }] };
const CHANGE = 'mutation ($input: PasswordChangeInput!) { passwordChange(input: $input) { sessionsEnded } }';
const hashOf = async (email: string) => (await house.identity.rows<{ hash: string }>('select password_hash as hash from identity.account where email = $1', [email]))[0]?.hash;
const forgot = (email: string) => house.call('passwordForgot', { email });
const reset = (token: string, newPassword = STRONG) => house.call('passwordReset', { token, newPassword });

describe('passwordForgot', () => {
  it('answers, costs and records the same for any address, and mails the one that has an account', async () => {
    // The first of all makes the platform's data key and sweeps old attempts.
    await forgot('first@demo.test');
    const known = await house.cost(async () => expect(await forgot('viewer@demo.test')).toEqual({ accepted: true, userErrors: [] }));
    const unknown = await house.cost(async () => expect(await forgot('nobody@demo.test')).toEqual({ accepted: true, userErrors: [] }));
    expect(unknown).toBe(known);
    const [mail] = await house.identity.mails('viewer@demo.test');
    expect(mail).toMatchObject({ kind: 'PASSWORD_RESET', home: PLATFORM_TENANT_ID });
    expect(mail?.text).toContain(`http://127.0.0.1:4000/reset-password#token=${mail?.token}`);
    expect(await house.identity.mails('nobody@demo.test')).toEqual([]);
    const events = (await house.identity.audit('account.password_forgot')).slice(-2);
    expect(events).toMatchObject([{ tenant: null, event: { outcome: 'SUCCESS', actor: { kind: 'anonymous' } } }, { tenant: null, event: { outcome: 'SUCCESS', actor: { kind: 'anonymous' } } }]);
    expect(JSON.stringify([events, await house.identity.rows('select * from identity.account_token')])).not.toMatch(new RegExp(`${mail?.token}|viewer@|nobody@`));
  });

  it('is refused at the fourth time in an hour, alike for both', async () => {
    for (const email of ['limit@demo.test', 'viewer@demo.test']) for (let time = 0; time < 3; time += 1) await forgot(email);
    const before = await house.everything();
    for (const email of ['limit@demo.test', 'viewer@demo.test']) {
      expect(await forgot(email)).toMatchObject({ accepted: null, userErrors: [{ __typename: 'TooManyAttempts', code: 'RATE_LIMITED' }] });
    }
    expect(await house.everything()).toBe(before);
    house.identity.advance(61 * MINUTE);
  });

  it('mails the confirmation again to who never confirmed', async () => {
    await house.call('accountRegister', house.registration({ email: 'unconfirmed@demo.test' }));
    expect(await forgot('unconfirmed@demo.test')).toEqual({ accepted: true, userErrors: [] });
    expect((await house.identity.mails('unconfirmed@demo.test')).map(({ kind }) => kind)).toEqual(['VERIFY_EMAIL', 'VERIFY_EMAIL']);
  });
});

describe('passwordReset', () => {
  it('sets the password, ends every session in every tenant, tells their trails and the person', async () => {
    const email = 'both@demo.test';
    const sessions = [await house.actor(email, AURORA), await house.actor(email, RIVAL)];
    const bystander = await house.actor('owner@demo.test');
    await forgot(email);
    const token = await house.secret(email);
    expect(await reset(token)).toEqual({ reset: true, userErrors: [] });
    expect(await Promise.all(sessions.map((one) => house.alive(one)))).toEqual([false, false]);
    expect(await house.alive(bystander)).toBe(true);
    expect([await house.signsIn(email, PASSWORD, AURORA), await house.signsIn(email, STRONG, AURORA)]).toEqual([false, true]);
    const trail = await house.identity.audit('account.password_reset');
    expect(trail.map(({ tenant, event }) => [tenant, event.after]).sort()).toEqual(
      [[AURORA, { sessionsEnded: 1 }], [RIVAL, { sessionsEnded: 1 }], [null, { sessionsEnded: 2 }]].sort());
    expect((await house.identity.mails(email)).at(-1)).toMatchObject({ kind: 'PASSWORD_CHANGED', token: '' });
    const told = await house.identity.rows<{ session_id: string }>('select session_id from identity.access_change where session_id = any ($1)', [sessions.map(({ session }) => session)]);
    expect(told).toHaveLength(2);
    const before = await house.everything();
    expect(await reset(token, OTHER)).toMatchObject(INVALID);
    expect(await house.everything()).toBe(before);
  });

  it('takes an unknown, malformed, replaced or expired link for the same nothing', async () => {
    await forgot('owner@rival.test');
    const replaced = await house.secret('owner@rival.test');
    await forgot('owner@rival.test');
    const newest = await house.secret('owner@rival.test');
    const before = await house.everything();
    for (const token of ['', 'x', '\0', 'é'.repeat(64), '0'.repeat(128), replaced]) expect([token, await reset(token)]).toMatchObject([token, INVALID]);
    expect(await house.everything()).toBe(before);
    house.identity.advance(60 * MINUTE);
    expect(await reset(newest)).toMatchObject(INVALID);
    expect(await house.everything()).toBe(before);
  });

  it('keeps the link when the password is not accepted, and spends it once of ten times at the same moment', async () => {
    const email = 'viewer@demo.test';
    house.identity.advance(61 * MINUTE);
    await forgot(email);
    const token = await house.secret(email);
    const before = await house.everything();
    expect(await reset(token, 'too short')).toMatchObject({ userErrors: [{ __typename: 'PasswordUnacceptable', reason: 'TOO_SHORT', minimumLength: 15, field: ['input', 'newPassword'] }] });
    expect(await reset(token, 'Trattoria Aurora 1')).toMatchObject({ userErrors: [{ reason: 'GUESSABLE' }] });
    expect(await house.everything()).toBe(before);
    const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => reset(token, `${STRONG} ${index}`)));
    const won = answers.findIndex((answer) => answer['reset'] === true);
    expect(answers.filter((answer) => answer['reset'] === true)).toHaveLength(1);
    expect(await house.signsIn(email, `${STRONG} ${won}`)).toBe(true);
  });

  it('lets nobody past a second factor: no session, the factor still asked for, its waiting sign-ins void', async () => {
    const email = 'owner@demo.test';
    const userId = house.identity.userIds.get(email);
    await house.identity.rows(`insert into identity.mfa_factor (user_id, id, kind, state, secret, last_used_step, created_at, confirmed_at)
      values ($1, gen_random_uuid(), 'TOTP', 'ACTIVE', '\\x00', 0, now(), now())`, [userId]);
    await house.identity.login({ email, password: PASSWORD });
    expect(await house.identity.rows('select 1 from identity.mfa_challenge where user_id = $1', [userId])).toHaveLength(1);
    await forgot(email);
    // With a second factor eight characters are enough.
    expect(await reset(await house.secret(email), 'sevenx7')).toMatchObject({ userErrors: [{ reason: 'TOO_SHORT', minimumLength: 8 }] });
    expect(await reset(await house.secret(email), 'k8#vQz2p')).toEqual({ reset: true, userErrors: [] });
    expect(await house.identity.rows('select 1 from identity.mfa_challenge where user_id = $1', [userId])).toEqual([]);
    const { data } = await house.identity.login({ email, password: 'k8#vQz2p' });
    expect(data?.['login']).toMatchObject({ session: null, mfaChallenge: { token: expect.any(String) } });
    await house.identity.rows('delete from identity.mfa_factor where user_id = $1', [userId]);
  });

  it('ends a sign-in that is under way with the old password, whichever commits first', async () => {
    const email = 'owner@rival.test';
    let met = 0;
    let password = PASSWORD;
    for (let round = 0; round < 8; round += 1) {
      house.identity.advance(61 * MINUTE);
      await forgot(email);
      const token = await house.secret(email);
      const next = `${STRONG} ${round}`;
      const logins = Array.from({ length: 4 }, () => house.identity.login({ email, password }));
      const [changed, ...answers] = await Promise.all([reset(token, next), ...logins]);
      expect(changed).toEqual({ reset: true, userErrors: [] });
      met += answers.filter(({ data }) => (data?.['login'] as { session: unknown }).session !== null).length;
      const left = await house.identity.rows('select 1 from identity.session where user_id = $1 and revoked_at is null', [house.identity.userIds.get(email)]);
      expect(left).toEqual([]);
      password = next;
    }
    // Some of them did open a session, which was ended.
    expect(met).toBeGreaterThan(0);
  });
});

describe('passwordReset and passwordForgot', () => {
  it('meet without a deadlock: whichever comes first, both are answered', async () => {
    const email = 'owner@rival.test';
    house.identity.advance(61 * MINUTE);
    await forgot(email);
    const token = await house.secret(email);
    const held = 'select from identity.account where id = $1 for no key update';
    const [asked, changed] = await house.identity.holding(held, [house.identity.userIds.get(email)], [() => forgot(email), () => reset(token, 'yet another four words')]);
    // The newer link voids the older one, as if they had come one after the other.
    expect([asked, changed]).toMatchObject([{ accepted: true }, INVALID]);
    expect(await reset(await house.secret(email), OTHER)).toEqual({ reset: true, userErrors: [] });
  });
});

describe('passwordChange', () => {
  it('changes it, ends the other sessions everywhere and keeps this one', async () => {
    const email = 'both@demo.test';
    house.identity.advance(61 * MINUTE);
    const here = await house.actor(email, AURORA, STRONG);
    const others = [await house.actor(email, AURORA, STRONG), await house.actor(email, RIVAL, STRONG)];
    await forgot(email);
    const link = await house.secret(email);
    expect(await house.call('passwordChange', { currentPassword: STRONG, newPassword: OTHER }, here)).toEqual({ sessionsEnded: 2 + 1, userErrors: [] });
    expect([await house.alive(here), ...await Promise.all(others.map((one) => house.alive(one)))]).toEqual([true, false, false]);
    expect([await house.signsIn(email, STRONG, AURORA), await house.signsIn(email, OTHER, AURORA)]).toEqual([false, true]);
    expect(await reset(link)).toMatchObject(INVALID);
    expect((await house.identity.audit('account.password_change')).map(({ tenant }) => tenant).sort()).toEqual([AURORA, RIVAL].sort());
  });

  it('refuses a wrong password, counts it, and writes nothing', async () => {
    const actor = await house.actor('both@demo.test', RIVAL, OTHER);
    const before = await house.everything();
    for (let time = 0; time < 5; time += 1) {
      expect(await house.call('passwordChange', { currentPassword: 'wrong', newPassword: STRONG }, actor))
        .toMatchObject({ sessionsEnded: null, userErrors: [{ __typename: 'InvalidCredentials', field: ['input', 'currentPassword'] }] });
    }
    expect(await house.call('passwordChange', { currentPassword: OTHER, newPassword: STRONG }, actor)).toMatchObject({ userErrors: [{ __typename: 'TooManyAttempts' }] });
    expect(await house.everything()).toBe(before);
    house.identity.advance(16 * MINUTE);
    expect(await house.call('passwordChange', { currentPassword: OTHER, newPassword: 'passwordpassword' }, actor)).toMatchObject({ userErrors: [{ reason: 'COMMON' }] });
    expect(await house.everything()).toBe(before);
    expect(await house.call('passwordChange', { currentPassword: OTHER, newPassword: STRONG }, actor)).toMatchObject({ userErrors: [] });
  });

  it('costs no attempt when the new password is not accepted', async () => {
    const actor = await house.actor('both@demo.test', RIVAL, STRONG);
    for (let time = 0; time < 6; time += 1) {
      expect(await house.call('passwordChange', { currentPassword: STRONG, newPassword: 'short' }, actor)).toMatchObject({ userErrors: [{ reason: 'TOO_SHORT' }] });
    }
    expect(await house.call('passwordChange', { currentPassword: STRONG, newPassword: OTHER }, actor)).toMatchObject({ userErrors: [] });
  });

  it('does not undo a newer one, nor does it come from a session that ended meanwhile', async () => {
    const email = 'both@demo.test';
    house.identity.advance(61 * MINUTE);
    const [first, second] = [await house.actor(email, AURORA, OTHER), await house.actor(email, RIVAL, OTHER)];
    const change = (newPassword: string, actor: Actor) => house.call('passwordChange', { currentPassword: OTHER, newPassword }, actor);
    const held = 'select from identity.account where id = $1 for no key update';
    const [won, late] = await house.identity.holding(held, [first.sub], [() => change(STRONG, first), () => change('the last four words', second)]);
    expect(won).toMatchObject({ userErrors: [] });
    expect(late).toMatchObject({ sessionsEnded: null, userErrors: [{ __typename: 'InvalidCredentials', field: ['input', 'currentPassword'] }] });
    expect([await house.signsIn(email, STRONG, AURORA), await house.signsIn(email, 'the last four words', AURORA)]).toEqual([true, false]);
    const [leaving, staying] = [await house.actor(email, AURORA, STRONG), await house.actor(email, RIVAL, STRONG)];
    const before = await hashOf(email);
    const [, refused] = await house.identity.holding(held, [leaving.sub], [
      () => house.identity.subject.ask('mutation { logout(input: { everywhere: true }) { sessionsEnded } }', {}, staying),
      () => house.identity.subject.ask(CHANGE, { input: { currentPassword: STRONG, newPassword: OTHER } }, leaving),
    ]);
    expect(refused?.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    expect(await hashOf(email)).toBe(before);
  });
});
