// Second factors: set up, demanded at sign-in, spent once, seen.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeId, newId } from '../../kernel/base/ids.js';
import type { Actor } from '../../kernel/base/actor.js';
import { AURORA, PASSWORD, RIVAL, TestIdentity } from '../../../test/kit/identity.js';
import { MfaPerson, alive, refusal, run, written } from './mfa.fixture.js';

const MINUTE = 60_000;
const OWNER = 'owner@demo.test';
const BOTH = 'both@demo.test';
const MFA = '{ viewer { mfa { enabled methods backupCodesLeft uses(first: 3) { nodes { id method purpose outcome ip userAgent usedAt } pageInfo { hasNextPage endCursor } } } } }';

let identity: TestIdentity;
let one: MfaPerson | null = null;
beforeAll(async () => { identity = await TestIdentity.boot(); });
afterEach(async () => {
  await one?.forget();
  one = null;
});
afterAll(() => identity.close());

const enabled = async (email = OWNER, tenantId?: string): Promise<MfaPerson> => (one = await MfaPerson.enabled(identity, email, tenantId));
const sessions = async (): Promise<number> => (await identity.rows('select from identity.session')).length;
const last = async (action: string) => (await identity.audit(action)).at(-1);
const ask = async (actor: Actor, query = MFA) => {
  const { data, errors } = await identity.subject.ask(query, {}, actor);
  expect(errors).toBeUndefined();
  return data as { viewer: { mfa: { enabled: boolean; methods: string[]; backupCodesLeft: number; uses: { nodes: Record<string, unknown>[]; pageInfo: { endCursor: string } } } | null } };
};

describe('setting up', () => {
  it('asks for nothing until a code shows that the app works, then for a code at every sign-in', async () => {
    one = await MfaPerson.signedIn(identity, OWNER);
    const other = await identity.actorOf((await identity.signIn(OWNER)).accessToken);
    await one.setUp();
    expect(one.secret).toHaveLength(20);
    expect((await one.login()).session).not.toBeNull();
    const { backupCodes, userErrors } = await one.run('mfaTotpConfirm', { code: one.code() });
    expect(userErrors).toEqual([]);
    expect(new Set(backupCodes).size).toBe(10);
    expect(await last('mfa.enable')).toMatchObject({ tenant: AURORA, event: { outcome: 'SUCCESS', resource: { id: encodeId('user', one.actor.sub ?? '') } } });
    expect([await alive(identity, one.actor), await alive(identity, other)]).toEqual([true, false]);
    const { session, mfaChallenge } = await one.login();
    expect(session).toBeNull();
    expect(mfaChallenge).toEqual({
      token: expect.stringMatching(/^[\w-]{43}$/), methods: ['TOTP', 'BACKUP_CODE'], setUpRequired: false,
      expiresAt: new Date(identity.now.getTime() + 5 * MINUTE).toISOString(),
    });
    expect(await last('auth.challenge')).toMatchObject({ tenant: AURORA, event: { outcome: 'SUCCESS', actor: { kind: 'anonymous' } } });
  });

  it('ends sessions in other tenants too', async () => {
    const elsewhere = await identity.actorOf((await identity.signIn(BOTH, encodeId('tnt', RIVAL))).accessToken);
    await enabled(BOTH, encodeId('tnt', AURORA));
    expect(await alive(identity, elsewhere)).toBe(false);
    expect((await identity.rows('select revoked_reason from identity.session where id = $1', [elsewhere.session]))).toEqual([{ revoked_reason: 'MFA_CHANGED' }]);
  });

  it('keeps the secret sealed and backup codes hashed', async () => {
    const { secret, backupCodes } = await enabled();
    const stored = JSON.stringify(await identity.rows(`select encode(secret, 'escape') as a, encode(secret, 'base64') as b, f::text as c from identity.mfa_factor f`)) +
      JSON.stringify(await identity.rows('select * from identity.mfa_backup_code')) + JSON.stringify([...await identity.audit('mfa.enable'), ...await identity.audit('mfa.set_up')]);
    for (const text of [secret.toString('base64'), secret.toString('hex'), ...backupCodes, ...backupCodes.map((code) => code.replaceAll('-', ''))]) expect(stored).not.toContain(text);
    await identity.rows(`update identity.mfa_factor set id = gen_random_uuid()`);
    await expect(one?.answer(await one.challenge(), one.code())).rejects.toThrow('INTERNAL');
  });

  it('takes the place of a set-up that was not confirmed, and of no other', async () => {
    one = await MfaPerson.signedIn(identity, OWNER);
    await one.setUp();
    const old = one.code();
    await one.setUp();
    if (old !== one.code()) expect(refusal(await one.run('mfaTotpConfirm', { code: old }))).toBe('MfaCodeInvalid');
    expect(refusal(await one.run('mfaTotpConfirm', { code: one.code() }))).toBeNull();
    const before = await written(identity);
    expect(await one.run('mfaTotpSetUp', { password: PASSWORD })).toMatchObject({ provisioning: null, userErrors: [{ __typename: 'MfaAlreadyEnabled', code: 'WRONG_STATE' }] });
    expect(refusal(await one.run('mfaTotpConfirm', { code: one.code(1) }))).toBe('MfaCodeInvalid');
    expect(await written(identity)).toBe(before);
  });

  it('waits a quarter of an hour for its first code', async () => {
    one = await MfaPerson.signedIn(identity, OWNER);
    await one.setUp();
    identity.advance(15 * MINUTE);
    const before = await written(identity);
    expect(refusal(await one.run('mfaTotpConfirm', { code: one.code() }))).toBe('MfaCodeInvalid');
    expect(await written(identity)).toBe(before);
    await one.setUp();
    identity.advance(15 * MINUTE - 1);
    expect(refusal(await one.run('mfaTotpConfirm', { code: one.code() }))).toBeNull();
  });

  it('leaves no session that was opened with the password alone meanwhile', async () => {
    one = await MfaPerson.signedIn(identity, BOTH, encodeId('tnt', AURORA));
    const me = one;
    await me.setUp();
    const before = await sessions();
    const HOLD = 'select from identity.account where id = $1 for no key update';
    const [confirmed, overtaken, switched] = await identity.holding(HOLD, [me.actor.sub], [
      () => me.run('mfaTotpConfirm', { code: me.code() }), () => me.login(encodeId('tnt', RIVAL)), () => me.run('sessionSwitchTenant', { tenantId: encodeId('tnt', RIVAL) }),
    ]);
    expect([confirmed && refusal(confirmed), overtaken && refusal(overtaken)]).toEqual([null, 'InvalidCredentials']);
    expect((await identity.audit('auth.login')).at(-1)).toMatchObject({ tenant: RIVAL, event: { outcome: 'FAILURE', actor: { kind: 'anonymous', id: null } } });
    // The session that enabled it has shown a code, and so has whatever goes on from it.
    expect((await identity.rows('select mfa_at from identity.session where revoked_at is null and user_id = $1', [me.actor.sub]))).toEqual([{ mfa_at: identity.now }, { mfa_at: identity.now }]);
    expect(switched?.session).not.toBeNull();
    expect(await sessions()).toBe(before + 1);
  });

  it('needs the password, which may be tried five times', async () => {
    one = await MfaPerson.signedIn(identity, OWNER);
    const before = await written(identity);
    const outcomes = [];
    for (let n = 0; n < 6; n += 1) outcomes.push(refusal(await one.run('mfaTotpSetUp', { password: 'wrong' })));
    expect(outcomes).toEqual([...Array.from({ length: 5 }, () => 'InvalidCredentials'), 'TooManyAttempts']);
    expect(await written(identity)).toBe(before);
    expect(await last('auth.lock')).toMatchObject({ tenant: AURORA, event: { after: { kind: 'PASSWORD' } } });
    identity.advance(15 * MINUTE);
    expect(refusal(await one.run('mfaTotpSetUp', { password: PASSWORD }))).toBeNull();
  });
});

describe('the second step of signing in', () => {
  it('opens a session that has satisfied it', async () => {
    const me = await enabled();
    const { session, userErrors } = await me.answer(await me.challenge(), me.code());
    expect(userErrors).toEqual([]);
    const actor = await identity.actorOf(session?.accessToken ?? '');
    expect(actor).toMatchObject({ sub: me.actor.sub, tenant: AURORA });
    expect(await identity.rows('select mfa_at from identity.session where id = $1', [actor.session])).toEqual([{ mfa_at: identity.now }]);
    expect(await last('auth.mfa')).toMatchObject({
      tenant: AURORA, event: { outcome: 'SUCCESS', actor: { kind: 'user' }, resource: { type: 'Session', id: encodeId('sess', actor.session ?? '') }, after: { method: 'TOTP' } },
    });
  });

  it('refuses a code that was used, an older one, and a wrong one, and writes no session', async () => {
    const me = await enabled();
    expect(refusal(await me.answer(await me.challenge(), me.code()))).toBeNull();
    const before = await written(identity);
    const token = await me.challenge();
    for (const code of [me.code(), me.code(-1), me.wrong()]) {
      expect(await me.answer(token, code)).toEqual({ session: null, userErrors: [{ __typename: 'MfaCodeInvalid', code: 'MFA_CODE_INVALID', field: ['input', 'code'] }] });
    }
    expect(await written(identity)).toBe(before);
    expect(await last('auth.mfa')).toMatchObject({ tenant: AURORA, event: { outcome: 'FAILURE', reason: 'MFA_CODE_INVALID', actor: { kind: 'anonymous' } } });
    expect(refusal(await me.answer(token, me.code(1)))).toBeNull();
  });

  it('gives one session to fifty that come at once with the same code', async () => {
    const me = await enabled();
    const tokens = await me.challenges(10);
    // The counter would leave five of them to be judged: here all are, so that compare-and-set alone decides.
    const { attempts } = identity.subject.running.services;
    const reserve = attempts.reserve.bind(attempts);
    attempts.reserve = async (attempted) => ({ ...attempted, at: identity.now, keys: [], fills: [] });
    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => me.answer(tokens[n % 10] ?? '', me.code()))).finally(() => { attempts.reserve = reserve; });
    expect(answers.filter(({ session }) => session !== null)).toHaveLength(1);
    expect(answers.filter((answer) => refusal(answer) === 'MfaCodeInvalid').length + answers.filter((answer) => refusal(answer) === 'MfaChallengeInvalid').length).toBe(49);
  });

  it('lets five codes be tried in 15 minutes, whatever sign-in they are for', async () => {
    const me = await enabled();
    const outcomes = await Promise.all((await me.challenges(20)).map(async (token) => refusal(await me.answer(token, me.wrong()))));
    expect(outcomes.filter((outcome) => outcome === 'MfaCodeInvalid')).toHaveLength(5);
    expect(outcomes.filter((outcome) => outcome === 'TooManyAttempts')).toHaveLength(15);
    expect(await last('auth.lock')).toMatchObject({ tenant: AURORA, event: { after: { kind: 'MFA_CODE' } } });
    expect(refusal(await me.answer(await me.challenge(), me.code()))).toBe('TooManyAttempts');
    identity.advance(15 * MINUTE);
    expect(refusal(await me.answer(await me.challenge(), me.code()))).toBeNull();
  });

  it('takes each backup code once, as people type it', async () => {
    const me = await enabled();
    const [first = '', second = ''] = me.backupCodes;
    const backup = { method: 'BACKUP_CODE' };
    // A refused answer names no session, for there is none.
    const nobody = async (newest: number) => expect((await identity.audit('auth.mfa')).slice(-newest).map(({ event }) => [event.outcome, event.actor.kind, event.resource?.type]))
      .toEqual(Array.from({ length: newest }, () => ['FAILURE', 'anonymous', 'User']));
    expect(refusal(await me.answer(await me.challenge(), ` ${first.toUpperCase().replaceAll('-', ' ')} `, backup))).toBeNull();
    expect(refusal(await me.answer(await me.challenge(), first, backup))).toBe('MfaCodeInvalid');
    expect(refusal(await me.answer(await me.challenge(), '0000-1111-2222-3333', backup))).toBe('MfaCodeInvalid');
    await nobody(2);
    expect(refusal(await me.answer(await me.challenge(), second))).toBe('MfaCodeInvalid');
    const at = await identity.holding('select from identity.account where id = $1 for no key update', [me.actor.sub],
      (await me.challenges(2)).map((token) => () => me.answer(token, second, backup)));
    expect(at.map(refusal)).toEqual([null, 'MfaCodeInvalid']);
    await nobody(1);
    expect((await ask(me.actor)).viewer.mfa).toMatchObject({ backupCodesLeft: 8 });
  });

  it('ends after five minutes, once completed, and when the membership does', async () => {
    const me = await enabled();
    const invalid = { session: null, userErrors: [{ __typename: 'MfaChallengeInvalid', code: 'TOKEN_INVALID', field: ['input', 'token'] }] };
    const late = await me.challenge();
    identity.advance(5 * MINUTE);
    expect(await me.answer(late, me.code())).toEqual(invalid);
    const used = await me.challenge();
    expect(refusal(await me.answer(used, me.code()))).toBeNull();
    expect(await me.answer(used, me.code(1))).toEqual(invalid);
    const token = await me.challenge();
    await identity.rows(`update identity.membership set status = 'SUSPENDED' where user_id = $1`, [me.actor.sub]);
    expect(await me.answer(token, me.code(1))).toEqual(invalid);
    await identity.rows(`update identity.membership set status = 'ACTIVE' where user_id = $1`, [me.actor.sub]);
    expect(refusal(await me.answer(token, me.code(1)))).toBeNull();
    for (const unknown of ['', 'x', 'x'.repeat(43), late.toUpperCase()]) expect(await me.answer(unknown, me.code())).toEqual(invalid);
  });

  it('tells the tenants to choose from to who has the code alone, and spends nothing until one is chosen', async () => {
    const me = await enabled(BOTH, encodeId('tnt', AURORA));
    const token = await me.challenge();
    expect(await me.answer(token, me.wrong())).toMatchObject({ userErrors: [{ __typename: 'MfaCodeInvalid' }] });
    const { session, userErrors: [choice] } = await me.answer(token, me.code());
    expect([session, choice?.__typename]).toEqual([null, 'TenantChoiceRequired']);
    expect(choice?.tenants?.map(({ id }) => id).sort()).toEqual([AURORA, RIVAL].map((id) => encodeId('tnt', id)).sort());
    expect(refusal(await me.answer(token, me.code(), { tenantId: encodeId('tnt', newId()) }))).toBe('MfaChallengeInvalid');
    const chosen = await me.answer(token, me.code(), { tenantId: encodeId('tnt', RIVAL) });
    expect(await identity.actorOf(chosen.session?.accessToken ?? '')).toMatchObject({ tenant: RIVAL });
  });

  it('is asked of people of the platform too', async () => {
    const me = await enabled('root@demo.test');
    const { session } = await me.answer(await me.challenge(), me.code());
    expect(await identity.actorOf(session?.accessToken ?? '')).toMatchObject({ tenant: null, sub: me.actor.sub });
    expect(await last('auth.mfa')).toMatchObject({ tenant: null, event: { outcome: 'SUCCESS' } });
  });
});

describe('what is seen of it', () => {
  it('is one\'s own: state, and every code that was judged, newest first', async () => {
    const me = await enabled();
    await me.answer(await me.challenge(), me.wrong());
    await me.run('mfaBackupCodesRegenerate', { code: me.code() });
    const { viewer: { mfa } } = await ask(me.actor);
    expect(mfa).toMatchObject({ enabled: true, methods: ['TOTP', 'BACKUP_CODE'], backupCodesLeft: 10 });
    const from = { ip: '127.0.0.1', userAgent: 'test' };
    expect(mfa?.uses.nodes).toMatchObject([
      { id: expect.stringMatching(/^mfu_/), method: 'TOTP', purpose: 'STEP_UP', outcome: 'ACCEPTED', ...from, usedAt: identity.now.toISOString() },
      { method: 'TOTP', purpose: 'SIGN_IN', outcome: 'REFUSED', ...from }, { method: 'TOTP', purpose: 'SET_UP', outcome: 'ACCEPTED', ...from },
    ]);
    const page = (after: string) => ask(me.actor, MFA.replace('first: 3', `first: 1, after: "${after}"`));
    expect((await page(mfa?.uses.pageInfo.endCursor ?? '')).viewer.mfa?.uses.nodes).toEqual([]);
    const colleague = await identity.actorOf((await identity.signIn('viewer@demo.test')).accessToken);
    expect((await ask(colleague)).viewer.mfa).toMatchObject({ enabled: false, uses: { nodes: [] } });
    const key: Actor = { ...me.actor, kind: 'api_key', sub: null, session: null, apiKey: newId() };
    expect((await ask(key)).viewer.mfa).toBeNull();
  });

  it('tells who manages users which colleagues have one', async () => {
    const me = await enabled(BOTH, encodeId('tnt', RIVAL));
    const of = [BOTH, OWNER].map((email) => ({ __typename: 'User', id: encodeId('user', identity.userIds.get(email) ?? '') }));
    const query = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on User { mfaEnabled } } }';
    const owner = await identity.actorOf((await identity.signIn(OWNER)).accessToken);
    expect(await identity.subject.ask(query, { of }, { ...owner, permissions: ['user:manage'] })).toEqual({ data: { _entities: [{ mfaEnabled: true }, { mfaEnabled: false }] } });
    expect((await identity.subject.ask(query, { of }, { ...me.actor, tenant: AURORA })).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }, {}]);
  });

  it.each(['mfaTotpSetUp', 'mfaTotpConfirm', 'mfaBackupCodesRegenerate', 'mfaDisable', 'sessionSwitchTenant'] as const)('%s is for people alone', async (operation) => {
    const { actor } = await MfaPerson.signedIn(identity, OWNER);
    const input = { mfaTotpSetUp: { password: 'x' }, mfaTotpConfirm: { code: '0' }, sessionSwitchTenant: { tenantId: 'x' }, mfaDisable: { password: 'x', code: '0' } }[operation as 'mfaTotpSetUp'] ?? {};
    await expect(run(identity, operation, input)).rejects.toThrow('UNAUTHENTICATED');
    await expect(run(identity, operation, input, { ...actor, kind: 'api_key', sub: null, session: null, apiKey: newId() })).rejects.toThrow('FORBIDDEN');
  });
});
