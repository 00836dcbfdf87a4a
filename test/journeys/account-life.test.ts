// An account from registering to its new address, through the whole product: gateway, mails that the workers send, the tenant in tenancy.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { operation } from '../kit/client.js';
import { tokenIn } from '../kit/identity.js';
import { bootPlatform, type TestPlatform } from '../kit/platform.js';
import { until } from '../kit/until.js';

const [FIRST, SECOND, ROLLED] = ['four words in a row', 'another four words here', 'again four words here'];
const [OLD, NEW] = ['luna@osteria.test', 'rossi@osteria.test'];

let platform: TestPlatform;
beforeAll(async () => { platform = await bootPlatform({ config: { publicUrl: 'https://app.osteria.test' } }); });
afterAll(() => platform?.stop());

interface Tokens { accessToken: string; refreshToken: string }

async function ask<Payload>(query: string, input: Record<string, unknown>, accessToken?: string): Promise<Payload> {
  const { data, errors } = await platform.ask(query, { input }, accessToken);
  if (errors || !data) throw new Error(JSON.stringify(errors));
  return Object.values(data)[0] as Payload;
}
const signIn = async (email: string, password: string): Promise<Tokens | null> =>
  (await ask<{ session: Tokens | null }>(operation('login'), { email, password })).session;
async function signedIn(email: string, password: string): Promise<Tokens> {
  const tokens = await signIn(email, password);
  if (!tokens) throw new Error(`No session for ${email}.`);
  return tokens;
}
const whoIs = async (accessToken: string) => platform.ask('{ viewer { user { displayName email } profile { email locale timeZone } roles { name } } tenant { name tier locale timeZone currency } }', {}, accessToken);
const rejected = async (accessToken: string): Promise<boolean> => (await whoIs(accessToken)).errors?.[0]?.extensions?.['code'] === 'UNAUTHENTICATED';

/** The secret of the `count`th mail to somebody, once it was sent. */
async function mailed(to: string, count: number): Promise<string> {
  await until(async () => (await platform.mails(to)).length >= count, `mail ${count} to ${to} is sent`);
  return tokenIn((await platform.mails(to))[count - 1]?.text ?? '');
}

describe('the life of an account', () => {
  let tokens: Tokens;

  it('registers, confirms its address, chooses its password and signs in as the owner of a tenant that tenancy knows', async () => {
    const registration = { email: OLD, displayName: 'Luna', organizationName: 'Osteria Luna', locale: 'pt-PT', timeZone: 'Europe/Lisbon', currency: 'EUR' };
    expect(await ask(operation('account-register'), registration)).toEqual({ registered: true, userErrors: [] });
    expect(await signIn(OLD, FIRST)).toBeNull();
    const token = await mailed(OLD, 1);
    expect((await platform.mails(OLD))[0]?.text).toContain(`https://app.osteria.test/verify-email#token=${token}`);
    expect(await ask(operation('account-email-verify'), { token, password: FIRST })).toEqual({ verified: true, userErrors: [] });
    tokens = await signedIn(OLD, FIRST);
    await until(async () => (await whoIs(tokens.accessToken)).data?.['tenant'] !== null, 'tenancy has the tenant');
    expect((await whoIs(tokens.accessToken)).data).toEqual({
      viewer: { user: { displayName: 'Luna', email: OLD }, profile: { email: OLD, locale: 'pt-PT', timeZone: null }, roles: [{ name: 'Owner' }] },
      tenant: { name: 'Osteria Luna', tier: 'FREE', locale: 'pt-PT', timeZone: 'Europe/Lisbon', currency: 'EUR' },
    });
    const client = new Client({ connectionString: platform.database.adminUrl });
    await client.connect();
    try {
      await until(async () => (await client.query(`select 1 from identity.organization where registration is not null`)).rowCount === 0, 'tenancy has confirmed');
    } finally {
      await client.end();
    }
  });

  it('changes its profile', async () => {
    const { profile } = await ask<{ profile: unknown }>(operation('profile-update'), { displayName: 'Luna Rossi', locale: 'en' }, tokens.accessToken);
    expect(profile).toEqual({ displayName: 'Luna Rossi', email: OLD, locale: 'en', timeZone: null });
  });

  it('forgets and resets its password: every session is dead within a second, also in refreshing', async () => {
    expect(await ask(operation('password-forgot'), { email: OLD })).toEqual({ accepted: true, userErrors: [] });
    const token = await mailed(OLD, 2);
    expect(await ask(operation('password-reset'), { token, newPassword: SECOND })).toEqual({ reset: true, userErrors: [] });
    await until(() => rejected(tokens.accessToken), 'the old session is refused', 1_000);
    expect(await ask(operation('session-refresh'), { refreshToken: tokens.refreshToken })).toMatchObject({ session: null, userErrors: [{ code: 'SESSION_EXPIRED' }] });
    expect(await signIn(OLD, FIRST)).toBeNull();
    await mailed(OLD, 3);
    expect((await platform.mails(OLD))[2]?.subject).toBe('Your password was changed');
  });

  it('changes its password: the other session is dead, this one goes on', async () => {
    const other = await signedIn(OLD, SECOND);
    tokens = await signedIn(OLD, SECOND);
    const change = 'mutation ($input: PasswordChangeInput!) { passwordChange(input: $input) { sessionsEnded userErrors { code } } }';
    expect(await ask(change, { currentPassword: SECOND, newPassword: ROLLED }, tokens.accessToken)).toEqual({ sessionsEnded: 1, userErrors: [] });
    await until(() => rejected(other.accessToken), 'the other session is refused', 1_000);
    expect((await whoIs(tokens.accessToken)).errors).toBeUndefined();
    await mailed(OLD, 4);
  });

  it('changes its address, once both mailboxes agree', async () => {
    const request = 'mutation ($input: AccountEmailChangeInput!) { accountEmailChange(input: $input) { accepted userErrors { code } } }';
    const confirm = 'mutation ($input: AccountEmailChangeConfirmInput!) { accountEmailChangeConfirm(input: $input) { changed userErrors { code } } }';
    expect(await ask(request, { newEmail: NEW, password: ROLLED }, tokens.accessToken)).toEqual({ accepted: true, userErrors: [] });
    expect(await ask(confirm, { token: await mailed(NEW, 1) })).toEqual({ changed: false, userErrors: [] });
    expect(await ask(confirm, { token: await mailed(OLD, 5) })).toEqual({ changed: true, userErrors: [] });
    expect((await whoIs(tokens.accessToken)).data).toMatchObject({ viewer: { user: { displayName: 'Luna Rossi', email: NEW } } });
    expect([await signIn(OLD, ROLLED), (await signIn(NEW, ROLLED)) !== null]).toEqual([null, true]);
    await mailed(OLD, 6);
  });

  it('is told of in the trail of its tenant, without an address in it', async () => {
    const trail = async () => (await platform.ask('{ auditEvents(first: 100) { nodes { action outcome } limitedTo { types } } }', {}, tokens.accessToken)).data?.['auditEvents'] as { nodes: { action: string }[]; limitedTo: object | null };
    // Tier FREE shows who came in and what was done for safety; that a name was changed is sealed as well.
    const expected = ['account.verify_email', 'auth.login', 'account.password_reset', 'account.password_change', 'account.email_change'];
    await until(async () => {
      const actions = (await trail()).nodes.map(({ action }) => action);
      return expected.every((action) => actions.includes(action));
    }, 'the trail tells the whole life');
    expect((await trail()).nodes.map(({ action }) => action)).not.toContain('account.profile_update');
    expect(await trail()).toMatchObject({ limitedTo: { types: ['AUTHENTICATION', 'AUTHORIZATION', 'SECURITY'] } });
    expect(JSON.stringify(await trail())).not.toMatch(/osteria\.test/);
  });
});
