// Bad input of every account mutation is a user error with its path; nothing is written and nothing fails inside.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { STRONG, TestAccounts, type AccountMutation } from '../../../test/kit/account.js';
import { AURORA, PASSWORD, RIVAL } from '../../../test/kit/identity.js';
import type { Actor } from '../../kernel/base/actor.js';

let house: TestAccounts;
let owner: Actor;
beforeAll(async () => {
  house = await TestAccounts.boot();
  owner = await house.actor('owner@demo.test');
});
afterAll(() => house?.close());

const ADDRESSES = ['', ' ', 'plain', '@demo.test', 'a@', 'a@b', 'a b@demo.test', 'a@demo..test', '.a@demo.test', 'a@-demo.test', 'a@demo.test\n', 'a\0@demo.test', '"a"@demo.test',
  `${'a'.repeat(65)}@demo.test`, `a@${'b'.repeat(64)}.test`, `a@${'bcd.'.repeat(70)}test`, 'ä@demo.test', 'a@demo.test, b@demo.test', 'a'.repeat(100_000)];
const NAMES = ['', '   ', 'two\nlines', 'nul\0', 'half \ud800', 'x'.repeat(201)];
const LONG = 'x'.repeat(1_025);

type Bad = [AccountMutation, string, unknown, Record<string, unknown>];
const registration = { email: 'new@demo.test', displayName: 'N', organizationName: 'O' };
const table: Bad[] = [
  ...ADDRESSES.flatMap((email): Bad[] => [
    ['accountRegister', 'email', email, registration], ['accountEmailVerificationResend', 'email', email, {}], ['passwordForgot', 'email', email, {}],
    ['accountEmailChange', 'newEmail', email, { password: PASSWORD }],
  ]),
  ...NAMES.flatMap((name): Bad[] => [
    ['accountRegister', 'displayName', name, registration], ['accountRegister', 'organizationName', name, registration], ['profileUpdate', 'displayName', name, {}],
  ]),
  ['accountEmailVerify', 'password', LONG, { token: 'x' }], ['passwordReset', 'newPassword', LONG, { token: 'x' }], ['accountEmailChange', 'password', LONG, { newEmail: 'n@demo.test' }],
  ['passwordChange', 'newPassword', LONG, { currentPassword: PASSWORD }], ['passwordChange', 'currentPassword', LONG, { newPassword: STRONG }],
  ...['', '\0', 'x'.repeat(129)].flatMap((token): Bad[] => [['accountEmailVerify', 'token', token, { password: STRONG }], ['accountEmailChangeConfirm', 'token', token, {}]]),
  ['passwordReset', 'token', 'x'.repeat(129), { newPassword: STRONG }],
  ...['', 'x', 'en_US', 'x'.repeat(40), 'x'.repeat(65), '\0'].flatMap((locale): Bad[] => [['accountRegister', 'locale', locale, registration], ['profileUpdate', 'locale', locale, {}]]),
  ...['', 'Mars/Olympus', '+02:00', 'x'.repeat(65), '\0'].flatMap((zone): Bad[] => [['accountRegister', 'timeZone', zone, registration], ['profileUpdate', 'timeZone', zone, {}]]),
  ...['', 'EURO', 'XXZ', '€', '\0'].map((currency): Bad => ['accountRegister', 'currency', currency, registration]),
];

describe('bad input', () => {
  it('of every field is a user error at its path, and writes nothing', async () => {
    const before = await house.everything();
    const wrong: unknown[] = [];
    for (const [mutation, field, value, rest] of table) {
      const { userErrors, ...payload } = await house.call(mutation, { ...rest, [field]: value }, owner);
      const fine = userErrors.length === 1 && userErrors[0]?.field?.join('.') === `input.${field}` && Object.values(payload).every((one) => one === null);
      if (!fine) wrong.push([mutation, field, value, userErrors]);
    }
    expect(wrong).toEqual([]);
    expect(table.length).toBeGreaterThan(100);
    expect(await house.everything()).toBe(before);
  });

  it('of another type is refused before anything runs', async () => {
    const ask = (input: unknown) => house.identity.subject.ask('mutation ($input: PasswordForgotInput!) { passwordForgot(input: $input) { accepted } }', { input });
    for (const input of [null, {}, { email: 1 }, { email: null }, { email: 'a@b.test', more: 1 }]) {
      expect((await ask(input)).errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' });
    }
  });

  it('good input at the edges is taken', async () => {
    const email = `${'a'.repeat(64)}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(52)}.test`;
    expect(email.length).toBeGreaterThan(249);
    const edges = { ...registration, email, displayName: '名'.repeat(200), locale: 'zh-Hant-TW', timeZone: 'America/Argentina/Buenos_Aires', currency: 'jpy' };
    expect(await house.call('accountRegister', edges)).toEqual({ registered: true, userErrors: [] });
    expect(await house.identity.mails(email)).toHaveLength(1);
    expect(await house.call('accountEmailVerify', { token: await house.secret(email), password: 'quiet harbours '.repeat(68) })).toEqual({ verified: true, userErrors: [] });
  });
});

describe('profileUpdate', () => {
  it('changes what is given, everywhere, and leaves the rest', async () => {
    const both = await house.actor('both@demo.test', (await house.identity.rows<{ id: string }>(`select tenant_id as id from identity.membership where email = 'both@demo.test' limit 1`))[0]?.id);
    expect(await house.call('profileUpdate', { displayName: ' Bo Th ', locale: 'fr-ca', timeZone: 'America/Toronto' }, both))
      .toEqual({ profile: { displayName: 'Bo Th', email: 'both@demo.test', locale: 'fr-CA', timeZone: 'America/Toronto' }, userErrors: [] });
    expect(await house.call('profileUpdate', { timeZone: null }, both)).toMatchObject({ profile: { displayName: 'Bo Th', locale: 'fr-CA', timeZone: null } });
    expect(await house.call('profileUpdate', {}, both)).toMatchObject({ profile: { displayName: 'Bo Th', locale: 'fr-CA', timeZone: null } });
    expect(await house.identity.rows('select distinct display_name from identity.membership where user_id = $1', [both.sub])).toEqual([{ display_name: 'Bo Th' }]);
    const { data } = await house.identity.subject.ask('{ viewer { user { displayName } profile { displayName email locale timeZone } } }', {}, both);
    expect(data).toEqual({ viewer: { user: { displayName: 'Bo Th' }, profile: { displayName: 'Bo Th', email: 'both@demo.test', locale: 'fr-CA', timeZone: null } } });
    const events = await house.identity.audit('account.profile_update');
    const [here, elsewhere] = [both.tenant, [AURORA, RIVAL].find((tenant) => tenant !== both.tenant)];
    expect(events.filter(({ event }) => event.outcome === 'SUCCESS').map(({ tenant, event }) => [tenant, event.after ?? null]).sort()).toEqual([
      [here, { displayName: 'Bo Th', locale: 'fr-CA', timeZone: 'America/Toronto' }], [elsewhere, { displayName: 'Bo Th' }], [here, { timeZone: null }], [here, null],
    ].sort());
  });

  it('does not reach the tenants that somebody has left', async () => {
    const here = await house.actor('both@demo.test', AURORA);
    await house.identity.rows(`update identity.membership set status = 'DELETED', email = null where tenant_id = $1 and user_id = $2`, [RIVAL, here.sub]);
    const before = (await house.identity.audit('account.profile_update')).length;
    expect(await house.call('profileUpdate', { displayName: 'Renamed' }, here)).toMatchObject({ profile: { displayName: 'Renamed' } });
    expect(await house.identity.rows('select tenant_id, display_name from identity.membership where user_id = $1', [here.sub]))
      .toEqual(expect.arrayContaining([{ tenant_id: AURORA, display_name: 'Renamed' }, { tenant_id: RIVAL, display_name: 'Bo Th' }]));
    expect((await house.identity.audit('account.profile_update')).slice(before).map(({ tenant }) => tenant)).toEqual([AURORA]);
  });

  it('is for people who are signed in', async () => {
    const before = await house.everything();
    for (const mutation of ['profileUpdate', 'passwordChange', 'accountEmailChange'] as const) {
      const input = { profileUpdate: {}, passwordChange: { currentPassword: '', newPassword: '' }, accountEmailChange: { newEmail: 'a@b.test', password: '' } }[mutation];
      await expect(house.call(mutation, input)).rejects.toThrow('UNAUTHENTICATED');
      await expect(house.call(mutation, input, { ...owner, kind: 'api_key', sub: null, session: null, apiKey: owner.sub })).rejects.toThrow('FORBIDDEN');
    }
    expect(await house.everything()).toBe(before);
  });
});
