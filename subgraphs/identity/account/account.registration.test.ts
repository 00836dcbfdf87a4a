// Registering: what a confirmed address brings into being, and that nothing tells an address with an account from one without.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeId } from '../../kernel/base/ids.js';
import { OTHER, STRONG, TestAccounts } from '../../../test/kit/account.js';
import { RIVAL } from '../../../test/kit/identity.js';
import { PLATFORM_TENANT_ID } from '../platform.js';

let house: TestAccounts;
beforeAll(async () => { house = await TestAccounts.boot(); });
afterAll(() => house?.close());

const HOUR = 60 * 60_000;
const INVALID = { userErrors: [{ __typename: 'TokenInvalid', code: 'TOKEN_INVALID', field: ['input', 'token'] }] };
const verify = (token: string | undefined, password = STRONG) => house.call('accountEmailVerify', { token, password });
const rows = <Row extends object = Record<string, unknown>>(query: string, values: unknown[] = []) => house.identity.rows<Row>(query, values);

describe('a registration', () => {
  it('makes nothing until its address is confirmed, and then account, tenant, ownership and event at once', async () => {
    const email = 'luna@osteria.test';
    expect(await house.call('accountRegister', house.registration({ email: ' Luna@Osteria.test', displayName: ' Luna ', locale: 'pt-br', timeZone: 'europe/lisbon', currency: 'eur' })))
      .toEqual({ registered: true, userErrors: [] });
    expect(await rows('select 1 from identity.account where email = $1', [email])).toEqual([]);
    expect(await house.signsIn(email, STRONG)).toBe(false);
    const [mail] = await house.identity.mails(email);
    expect(mail).toMatchObject({ kind: 'VERIFY_EMAIL', home: PLATFORM_TENANT_ID, subject: 'Confirme o seu endereço de e-mail' });
    expect(mail?.text).toContain(`http://127.0.0.1:4000/verify-email#token=${mail?.token}`);
    const [stored] = await rows('select * from identity.account_registration where email = $1', [email]);
    expect(JSON.stringify(stored)).not.toContain(mail?.token);

    expect(await verify(mail?.token)).toEqual({ verified: true, userErrors: [] });
    const actor = await house.actor(email, undefined, STRONG);
    const tenant = actor.tenant ?? '';
    expect(tenant).toBe(stored?.['id']);
    expect(actor.permissions).toContain('user:read');
    expect(await rows('select email, display_name, locale from identity.account where id = $1', [actor.sub])).toEqual([{ email, display_name: 'Luna', locale: 'pt-BR' }]);
    expect(await rows('select r.preset from identity.membership_role g join identity.role r on r.id = g.role_id where g.tenant_id = $1', [tenant])).toEqual([{ preset: 'OWNER' }]);
    const registration = { locale: 'pt-BR', timeZone: 'Europe/Lisbon', currency: 'EUR' };
    expect(await rows('select name, registration from identity.organization where tenant_id = $1', [tenant])).toEqual([{ name: 'Osteria Luna', registration }]);
    expect(await rows('select type, payload from identity.outbox where tenant_id = $1', [tenant]))
      .toEqual([{ type: 'TenantRegistered', payload: { tenantId: tenant, name: 'Osteria Luna', ...registration } }]);
    expect(await house.identity.audit('account.verify_email')).toMatchObject([{ tenant, event: { outcome: 'SUCCESS', resource: { id: encodeId('user', actor.sub ?? '') } } }]);
    expect(await verify(mail?.token)).toMatchObject(INVALID);
  });

  it('of an address that has an account mails its owner so, costs the same, and takes nothing over', async () => {
    const known = await house.cost(async () => expect(await house.call('accountRegister', house.registration({ email: 'owner@demo.test' }))).toEqual({ registered: true, userErrors: [] }));
    const fresh = await house.cost(async () => expect(await house.call('accountRegister', house.registration({ email: 'fresh@osteria.test' }))).toEqual({ registered: true, userErrors: [] }));
    expect(known).toBe(fresh);
    expect((await house.identity.mails('owner@demo.test')).map(({ kind, token }) => [kind, token])).toEqual([['ALREADY_REGISTERED', '']]);
    expect(await house.signsIn('owner@demo.test', STRONG)).toBe(false);
    const [first, second] = (await house.identity.audit('account.register')).slice(-2).map(({ tenant, event }) => ({ tenant, ...event, id: '', occurredAt: '' }));
    expect(first).toEqual(second);
  });

  it('of somebody else\'s address gives who sent it nothing: the mailbox chooses the password, and reads no word of theirs', async () => {
    const email = 'victim@osteria.test';
    const lure = { email, displayName: 'Visit evil.example', organizationName: 'URGENT pay at evil.example' };
    await expect(house.call('accountRegister', house.registration({ ...lure, password: OTHER }))).rejects.toThrow('BAD_USER_INPUT');
    expect(await house.call('accountRegister', house.registration(lure))).toEqual({ registered: true, userErrors: [] });
    await house.call('accountEmailVerificationResend', { email });
    await house.call('passwordForgot', { email });
    const mails = await house.identity.mails(email);
    expect(mails.map(({ kind }) => kind)).toEqual(['VERIFY_EMAIL', 'VERIFY_EMAIL', 'VERIFY_EMAIL']);
    for (const { subject, text, html } of mails) expect([subject, text, html].join()).not.toMatch(/evil|urgent|pay/i);
    expect(await verify(mails.at(-1)?.token)).toEqual({ verified: true, userErrors: [] });
    expect([await house.signsIn(email, OTHER), await house.signsIn(email, STRONG)]).toEqual([false, true]);
  });

  it('keeps its link when the password is not accepted, judged by the names it was sent with', async () => {
    const email = 'choosy@osteria.test';
    await house.call('accountRegister', house.registration({ email, organizationName: 'Ristorante Bellavista' }));
    const token = await house.secret(email);
    const before = await house.everything();
    const refused = { verified: null, userErrors: [{ __typename: 'PasswordUnacceptable', code: 'PASSWORD_UNACCEPTABLE', field: ['input', 'password'] }] };
    for (const [password, reason] of [['too short', 'TOO_SHORT'], ['Ristorante Bellavista 1', 'GUESSABLE'], ['passwordpassword', 'COMMON']] as const) {
      const answer = await verify(token, password);
      expect(answer).toMatchObject(refused);
      expect(answer.userErrors[0]?.reason).toBe(reason);
    }
    expect(await house.everything()).toBe(before);
    expect((await house.identity.audit('account.verify_email')).at(-1)).toMatchObject({ tenant: null, event: { outcome: 'FAILURE', actor: { kind: 'anonymous' } } });
    expect(await verify(token)).toEqual({ verified: true, userErrors: [] });
  });

  it('confirmed once of ten times at the same moment', async () => {
    const email = 'ten@osteria.test';
    await house.call('accountRegister', house.registration({ email }));
    const token = await house.secret(email);
    const answers = await Promise.all(Array.from({ length: 10 }, () => verify(token)));
    expect(answers.filter(({ verified }) => verified === true)).toHaveLength(1);
    expect(await rows('select 1 from identity.membership where email = $1', [email])).toHaveLength(1);
  });

  it('of two for one address, the one confirmed first voids the other', async () => {
    const email = 'two@osteria.test';
    await house.call('accountRegister', house.registration({ email, organizationName: 'First' }));
    const first = await house.secret(email);
    await house.call('accountRegister', house.registration({ email, organizationName: 'Second' }));
    expect(await verify(await house.secret(email), OTHER)).toMatchObject({ verified: true });
    const before = await house.everything();
    expect(await verify(first)).toMatchObject(INVALID);
    expect(await house.everything()).toBe(before);
    expect([await house.signsIn(email, STRONG), await house.signsIn(email, OTHER)]).toEqual([false, true]);
  });

  it('of two for one address, confirmed at once, one is taken, and neither waits for the other for ever', async () => {
    const email = 'both@osteria.test';
    await house.call('accountRegister', house.registration({ email, organizationName: 'First' }));
    const first = await house.secret(email);
    await house.call('accountRegister', house.registration({ email, organizationName: 'Second' }));
    const second = await house.secret(email);
    // Both have begun before either can make the account.
    const answers = await house.identity.holding('lock table identity.account in share mode', [], [first, second].map((token) => () => verify(token)));
    expect(answers.map(({ verified }) => verified === true).sort()).toEqual([false, true]);
    expect(answers.find(({ verified }) => verified !== true)).toMatchObject(INVALID);
    expect(await rows('select 1 from identity.membership where email = $1', [email])).toHaveLength(1);
  });

  it('ends after 24 hours', async () => {
    const email = 'late@osteria.test';
    await house.call('accountRegister', house.registration({ email }));
    house.identity.advance(24 * HOUR);
    const before = await house.everything();
    expect(await verify(await house.secret(email))).toMatchObject(INVALID);
    expect(await house.everything()).toBe(before);
  });
});

describe('the mail of a registration', () => {
  it('can be had again, with a new secret, three times in all; unknown addresses cost the same', async () => {
    const email = 'again@osteria.test';
    await house.call('accountRegister', house.registration({ email }));
    const first = await house.secret(email);
    const known = await house.cost(() => house.call('accountEmailVerificationResend', { email }));
    const unknown = await house.cost(() => house.call('accountEmailVerificationResend', { email: 'nobody@osteria.test' }));
    const member = await house.cost(() => house.call('accountEmailVerificationResend', { email: 'viewer@demo.test' }));
    expect([unknown, member]).toEqual([known, known]);
    for (let time = 0; time < 3; time += 1) expect(await house.call('accountEmailVerificationResend', { email })).toEqual({ accepted: true, userErrors: [] });
    const mails = await house.identity.mails(email);
    expect(mails.map(({ kind }) => kind)).toEqual(['VERIFY_EMAIL', 'VERIFY_EMAIL', 'VERIFY_EMAIL']);
    expect([await house.identity.mails('nobody@osteria.test'), await house.identity.mails('viewer@demo.test')]).toEqual([[], []]);
    expect(await verify(first)).toMatchObject(INVALID);
    expect(await verify(mails.at(-1)?.token)).toMatchObject({ verified: true });
  });

  it('does not flood a mailbox, nor let one network register without end', async () => {
    house.identity.advance(2 * HOUR);
    const email = 'flood@osteria.test';
    const answers = await Promise.all(Array.from({ length: 20 }, () => house.call('accountRegister', house.registration({ email }))));
    expect(answers.every(({ registered }) => registered === true)).toBe(true);
    expect(await house.identity.mails(email)).toHaveLength(3);
    const more = [];
    for (let index = 0; index < 12; index += 1) more.push(await house.call('accountRegister', house.registration({ email: `n${index}@osteria.test` })));
    expect(more.filter(({ registered }) => registered === true)).toHaveLength(10);
    expect(more.at(-1)?.userErrors).toMatchObject([{ __typename: 'TooManyAttempts', code: 'RATE_LIMITED' }]);
  });
});

describe('handing over to tenancy', () => {
  it('announces a tenant until it is confirmed, and never again', async () => {
    const { organizations } = house.identity.subject.running.services;
    const [{ id } = { id: '' }] = await rows<{ id: string }>('select tenant_id as id from identity.organization where registration is not null limit 1');
    const announced = async () => (await rows(`select 1 from identity.outbox where tenant_id = $1 and type = 'TenantRegistered'`, [id])).length;
    const before = await announced();
    expect([await organizations.announce(id), await announced()]).toEqual([true, before + 1]);
    expect([await organizations.confirm(id), await organizations.confirm(id)]).toEqual([true, false]);
    expect([await organizations.announce(id), await announced()]).toEqual([false, before + 1]);
  });

  it('knows the tenants of an account by name, before any is chosen', async () => {
    const { organizations } = house.identity.subject.running.services;
    const found = await organizations.of(house.identity.userIds.get('both@demo.test') ?? '');
    expect(found.map(({ name, status }) => [name, status])).toEqual([['Bistro Rival', 'ACTIVE'], ['Trattoria Aurora', 'ACTIVE']]);
    expect(found[0]?.tenantId).toBe(RIVAL);
    expect(await organizations.of(house.identity.userIds.get('root@demo.test') ?? '')).toEqual([{ tenantId: PLATFORM_TENANT_ID, name: null, status: 'ACTIVE' }]);
  });
});
