// Changing an address: both mailboxes must agree, in either order; nothing tells whether the new one has an account.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { STRONG, TestAccounts } from '../../../test/kit/account.js';
import { AURORA, PASSWORD, RIVAL } from '../../../test/kit/identity.js';

let house: TestAccounts;
beforeAll(async () => { house = await TestAccounts.boot(); });
afterAll(() => house?.close());

const MINUTE = 60_000;
const INVALID = { changed: null, userErrors: [{ __typename: 'TokenInvalid', code: 'TOKEN_INVALID', field: ['input', 'token'] }] };
const confirm = (token: string) => house.call('accountEmailChangeConfirm', { token });
const addressOf = async (email: string): Promise<string | undefined> =>
  (await house.identity.rows<{ email: string }>('select email from identity.account where id = $1', [house.identity.userIds.get(email)]))[0]?.email;

describe('a change of address', () => {
  it.each([['old', 'new'], ['new', 'old']])('takes effect with the second confirmation: %s first, then %s', async (first) => {
    const from = first === 'old' ? 'both@demo.test' : 'changed@demo.test';
    const to = first === 'old' ? 'changed@demo.test' : 'both@demo.test';
    house.identity.advance(61 * MINUTE);
    const [here, elsewhere] = [await house.actor(from, AURORA), await house.actor(from, RIVAL)];
    expect(await house.call('accountEmailChange', { newEmail: to.toUpperCase(), password: PASSWORD }, here)).toEqual({ accepted: true, userErrors: [] });
    const secrets = [await house.secret(from), await house.secret(to)];
    if (first === 'new') secrets.reverse();
    expect(await confirm(secrets[0] ?? '')).toEqual({ changed: false, userErrors: [] });
    expect([await house.signsIn(from, PASSWORD, AURORA), await house.signsIn(to, PASSWORD, AURORA), await house.alive(elsewhere)]).toEqual([true, false, true]);
    expect(await confirm(secrets[0] ?? '')).toMatchObject(INVALID);
    expect(await confirm(secrets[1] ?? '')).toEqual({ changed: true, userErrors: [] });
    expect([await house.signsIn(from, PASSWORD, AURORA), await house.signsIn(to, PASSWORD, AURORA)]).toEqual([false, true]);
    expect([await house.alive(here), await house.alive(elsewhere)]).toEqual([true, false]);
    const members = await house.identity.rows<{ email: string }>('select email from identity.membership where user_id = $1', [here.sub]);
    expect(members).toEqual([{ email: to }, { email: to }]);
    expect((await house.identity.mails(from)).filter(({ kind }) => kind === 'EMAIL_CHANGED').at(-1)?.text).toContain(to);
  });

  it('to the address of another account costs and answers the same, tells its owner, and never happens', async () => {
    const actor = await house.actor('viewer@demo.test');
    const free = await house.cost(() => house.call('accountEmailChange', { newEmail: 'free@demo.test', password: PASSWORD }, actor));
    const taken = await house.cost(async () => expect(await house.call('accountEmailChange', { newEmail: 'owner@demo.test', password: PASSWORD }, actor)).toEqual({ accepted: true, userErrors: [] }));
    expect(taken).toBe(free);
    expect((await house.identity.mails('owner@demo.test')).map(({ kind, token }) => [kind, token])).toEqual([['EMAIL_TAKEN', '']]);
    expect(await confirm(await house.secret('viewer@demo.test'))).toEqual({ changed: false, userErrors: [] });
    expect(await addressOf('viewer@demo.test')).toBe('viewer@demo.test');
  });

  it('to an address that gets an account meanwhile is refused, and nothing is half done', async () => {
    house.identity.advance(61 * MINUTE);
    const [actor, newEmail] = [await house.actor('viewer@demo.test'), 'late@demo.test'];
    await house.call('accountEmailChange', { newEmail, password: PASSWORD }, actor);
    const [old, fresh] = [await house.secret('viewer@demo.test'), await house.secret(newEmail)];
    await confirm(old);
    await house.call('accountRegister', house.registration({ email: newEmail }));
    await house.call('accountEmailVerify', { token: await house.secret(newEmail), password: STRONG });
    const before = await house.everything();
    expect(await confirm(fresh)).toMatchObject(INVALID);
    expect(await house.everything()).toBe(before);
  });

  it('confirmed at both addresses in the same moment happens once', async () => {
    house.identity.advance(61 * MINUTE);
    const actor = await house.actor('viewer@demo.test');
    await house.call('accountEmailChange', { newEmail: 'moment@demo.test', password: PASSWORD }, actor);
    const secrets = [await house.secret('viewer@demo.test'), await house.secret('moment@demo.test')];
    const answers = await Promise.all([...secrets, ...secrets].map(confirm));
    expect(answers.map(({ changed }) => changed).sort()).toEqual([false, null, null, true]);
    expect(await addressOf('viewer@demo.test')).toBe('moment@demo.test');
  });

  it('confirmed while its links are asked for anew happens or is replaced, without a deadlock', async () => {
    house.identity.advance(61 * MINUTE);
    const actor = await house.actor('owner@demo.test');
    const ask = () => house.call('accountEmailChange', { newEmail: 'anew@demo.test', password: PASSWORD }, actor);
    await ask();
    const old = await house.secret('owner@demo.test');
    const [asked, confirmed] = await house.identity.holding('select from identity.account where id = $1 for no key update', [actor.sub], [ask, () => confirm(old)]);
    expect([asked, confirmed]).toMatchObject([{ accepted: true }, INVALID]);
    expect(await confirm(await house.secret('owner@demo.test'))).toEqual({ changed: false, userErrors: [] });
  });

  it('needs the password, another address, and is stopped by a newer one, a changed password, an hour', async () => {
    house.identity.advance(61 * MINUTE);
    const email = 'owner@rival.test';
    const actor = await house.actor(email);
    const before = await house.everything();
    expect(await house.call('accountEmailChange', { newEmail: 'x@demo.test', password: 'wrong' }, actor)).toMatchObject({ userErrors: [{ __typename: 'InvalidCredentials', field: ['input', 'password'] }] });
    expect(await house.call('accountEmailChange', { newEmail: email, password: PASSWORD }, actor)).toMatchObject({ userErrors: [{ __typename: 'InputInvalid', field: ['input', 'newEmail'] }] });
    expect(await house.everything()).toBe(before);
    const ask = () => house.call('accountEmailChange', { newEmail: 'x@demo.test', password: PASSWORD }, actor);
    await ask();
    const replaced = await house.secret(email);
    await ask();
    expect(await confirm(replaced)).toMatchObject(INVALID);
    const stopped = await house.secret(email);
    await house.call('passwordChange', { currentPassword: PASSWORD, newPassword: 'quite another one' }, actor);
    expect(await confirm(stopped)).toMatchObject(INVALID);
    await house.call('passwordChange', { currentPassword: 'quite another one', newPassword: PASSWORD }, actor);
    await ask();
    expect(await ask()).toMatchObject({ userErrors: [{ __typename: 'MailLimitReached', code: 'LIMIT_REACHED' }] });
    house.identity.advance(60 * MINUTE);
    expect(await confirm(await house.secret('x@demo.test'))).toMatchObject(INVALID);
  });
});
