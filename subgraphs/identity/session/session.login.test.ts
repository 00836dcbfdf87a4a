// login: who gets a session, who does not, and what the trail says of it.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { hash } from '@node-rs/argon2';
import { decodeProtectedHeader, decodeJwt } from 'jose';
import { decodeId, encodeId } from '../../kernel/base/ids.js';
import { AURORA, PASSWORD, RIVAL, TestIdentity } from '../../../test/kit/identity.js';
import { PASSWORD_PARAMETERS } from '../account/password.js';
import { PLATFORM_TENANT_ID } from '../platform.js';

let identity: TestIdentity;
beforeAll(async () => { identity = await TestIdentity.boot(); });
// Each test fails as often as it likes; lockout has tests of its own.
beforeEach(async () => { await identity.rows('delete from identity.attempt'); });
afterAll(() => identity.close());

const userOf = (email: string) => encodeId('user', identity.userIds.get(email) ?? '');
const userErrors = async (input: Record<string, unknown>) => {
  const { data, errors } = await identity.login(input);
  expect(errors).toBeUndefined();
  return data?.['login'];
};
const INVALID = {
  session: null, mfaChallenge: null,
  userErrors: [{
    __typename: 'InvalidCredentials', code: 'INVALID_CREDENTIALS', field: ['input', 'password'],
    message: 'The e-mail address or the password is wrong.',
  }],
};
const sessions = async () => (await identity.rows<{ count: number }>('select count(*)::int from identity.session'))[0]?.count;

describe('login', () => {
  it('opens a session and records it', async () => {
    const tokens = await identity.signIn(' Owner@Demo.test ');
    expect(tokens.accessTokenExpiresAt).toBe('2026-11-21T09:10:00.000Z');
    const sid = await identity.sessionOf(tokens.accessToken);
    const userId = identity.userIds.get('owner@demo.test') ?? '';
    const kid = (await identity.port.jwks()).keys[0]?.['kid'];
    expect(decodeProtectedHeader(tokens.accessToken)).toEqual({ alg: 'EdDSA', kid, typ: 'JWT' });
    expect(decodeJwt(tokens.accessToken)).toMatchObject({
      iss: 'switchboard', aud: 'switchboard', sub: encodeId('user', userId), sid, tid: encodeId('tnt', AURORA),
      iat: identity.now.getTime() / 1000, exp: identity.now.getTime() / 1000 + 600,
    });
    const [stored] = await identity.rows<Record<string, unknown>>('select * from identity.session where id = $1', [sid]);
    expect(stored).toMatchObject({
      tenant_id: AURORA, user_id: userId, epoch: 0, revoked_at: null, ip: '127.0.0.1', user_agent: 'test',
    });
    expect(JSON.stringify(stored)).not.toContain(tokens.refreshToken);
    const event = (await identity.audit('auth.login')).at(-1);
    expect(event).toMatchObject({
      tenant: AURORA,
      event: {
        type: 'AUTHENTICATION', outcome: 'SUCCESS', actor: { kind: 'user', id: encodeId('user', userId) },
        resource: { type: 'Session', id: encodeId('sess', sid) }, ip: '127.0.0.1', correlationId: 'test-correlation',
      },
    });
  });

  it('answers wrong passwords and unknown accounts alike, and stores nothing but the event', async () => {
    const before = await sessions();
    expect(await userErrors({ email: 'owner@demo.test', password: 'wrong' })).toEqual(INVALID);
    expect((await identity.audit('auth.login')).at(-1)).toMatchObject({
      tenant: AURORA,
      event: {
        outcome: 'FAILURE', reason: 'INVALID_CREDENTIALS', actor: { kind: 'anonymous', id: null },
        resource: { type: 'User', id: userOf('owner@demo.test') },
      },
    });
    expect(await userErrors({ email: 'nobody@demo.test', password: PASSWORD })).toEqual(INVALID);
    expect((await identity.audit('auth.login')).at(-1)).toMatchObject({
      tenant: null, event: { outcome: 'FAILURE', actor: { kind: 'anonymous' }, resource: { type: 'Session', id: null } },
    });
    expect(await sessions()).toBe(before);
  });

  it('asks people of several tenants to choose, once their password is right', async () => {
    const email = 'both@demo.test';
    expect(await userErrors({ email, password: 'wrong' })).toEqual(INVALID);
    const choice = await userErrors({ email, password: PASSWORD }) as { userErrors: { tenantIds: string[] }[] };
    expect(choice)
      .toMatchObject({
        session: null,
        userErrors: [{ __typename: 'TenantChoiceRequired', code: 'TENANT_CHOICE_REQUIRED', field: ['input', 'tenantId'] }],
      });
    expect(choice.userErrors[0]?.tenantIds.map((id) => decodeId('tnt', id)).sort()).toEqual([AURORA, RIVAL].sort());
    expect((await identity.audit('auth.login')).at(-1))
      .toMatchObject({ tenant: null, event: { outcome: 'FAILURE', reason: 'TENANT_CHOICE_REQUIRED' } });
    const actor = await identity.actorOf((await identity.signIn(email, encodeId('tnt', RIVAL))).accessToken);
    expect(actor).toMatchObject({ tenant: RIVAL, permissions: ['conversation:read', 'order:read'] });
  });

  it('refuses a tenant one does not belong to like a wrong password', async () => {
    expect(await userErrors({ email: 'owner@demo.test', password: PASSWORD, tenantId: encodeId('tnt', RIVAL) })).toEqual(INVALID);
    expect(await userErrors({ email: 'owner@demo.test', password: PASSWORD, tenantId: encodeId('tnt', AURORA) }))
      .toMatchObject({ userErrors: [] });
  });

  it('refuses suspended people like a wrong password', async () => {
    await identity.rows(`update identity.membership set status = 'SUSPENDED' where email = 'viewer@demo.test'`);
    expect(await userErrors({ email: 'viewer@demo.test', password: PASSWORD })).toEqual(INVALID);
    await identity.rows(`update identity.membership set status = 'ACTIVE' where email = 'viewer@demo.test'`);
    expect(await userErrors({ email: 'viewer@demo.test', password: PASSWORD })).toMatchObject({ userErrors: [] });
  });

  it('lets people of the platform in without a tenant, and tells the platform of it', async () => {
    const { accessToken } = await identity.signIn('root@demo.test');
    expect(decodeJwt(accessToken)['tid']).toBeNull();
    expect(await identity.actorOf(accessToken))
      .toMatchObject({ tenant: null, permissions: expect.arrayContaining(['system:admin', 'user:read']) });
    const event = (await identity.audit('auth.login')).at(-1);
    expect(event)
      .toMatchObject({ tenant: null, event: { outcome: 'SUCCESS', actor: { id: userOf('root@demo.test') } } });
    expect(await identity.rows('select from identity.audit_staging where tenant_id = $1', [PLATFORM_TENANT_ID])).toHaveLength(0);
  });

  it.each([
    ['a long address', { email: `${'a'.repeat(251)}@b.c`, password: PASSWORD }, ['input', 'email']],
    ['a NUL character', { email: 'a\0@b.c', password: PASSWORD }, ['input', 'email']],
    ['a long password', { email: 'owner@demo.test', password: 'p'.repeat(1025) }, ['input', 'password']],
  ])('refuses %s as input', async (_what, input, field) => {
    expect(await userErrors(input))
      .toMatchObject({ session: null, userErrors: [{ __typename: 'InputInvalid', code: 'BAD_USER_INPUT', field }] });
  });

  it('refuses a malformed tenant id at top level', async () => {
    const { data, errors } = await identity.login({ email: 'owner@demo.test', password: PASSWORD, tenantId: AURORA });
    expect(data).toEqual({ login: null });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: ['input', 'tenantId'] } }]);
  });

  it('asks the database the same of accounts that exist and of others', async () => {
    const statements = async (email: string, password: string): Promise<number> => {
      const before = identity.subject.running.database.statements;
      await identity.login({ email, password });
      return identity.subject.running.database.statements - before;
    };
    // The first of a kind purges what is old.
    await identity.signIn('owner@demo.test');
    expect(await statements('owner@demo.test', 'wrong')).toBe(await statements('nobody@demo.test', 'wrong'));
    expect(await statements('owner@demo.test', PASSWORD)).toBe(17);
  });

  it('makes the hash anew when its parameters have risen', async () => {
    const hashOf = async () => (await identity.rows<{ hash: string }>(
      `select password_hash as hash from identity.account where email = 'viewer@demo.test'`))[0]?.hash ?? '';
    const old = await hash(PASSWORD, { ...PASSWORD_PARAMETERS, memoryCost: 8_192 });
    await identity.rows(`update identity.account set password_hash = $1 where email = 'viewer@demo.test'`, [old]);
    await identity.login({ email: 'viewer@demo.test', password: 'wrong' });
    expect(await hashOf()).toBe(old);
    await identity.signIn('viewer@demo.test');
    const risen = await hashOf();
    expect(risen).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    await identity.signIn('viewer@demo.test');
    expect(await hashOf()).toBe(risen);
  });
});
