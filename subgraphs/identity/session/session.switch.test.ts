// Going on in another tenant: whose it is, what it keeps of the sign-in, and what the second factor has to do with it.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { AURORA, PASSWORD, RIVAL, TestIdentity } from '../../../test/kit/identity.js';
import { MfaPerson, refusal, run } from '../mfa/mfa.fixture.js';

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
    await expect(me.run('sessionSwitchTenant', { tenantId: 'tnt_x' })).rejects.toThrow('BAD_USER_INPUT');
    expect(await sessions()).toBe(before);
    await identity.rows(`update identity.membership set status = 'ACTIVE' where email = $1 and tenant_id = $2`, [BOTH, RIVAL]);
    expect(refusal(await me.run('sessionSwitchTenant', { tenantId: tnt(RIVAL) }))).toBeNull();
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
    expect(refusal(await me.answer(token, '000000'))).toBe('MfaCodeInvalid');
    expect(refusal(await run(identity, 'mfaChallengeConfirm', { token, code: '000000' }))).toBe('MfaCodeInvalid');
    const { provisioning } = await run(identity, 'mfaChallengeSetUp', { token });
    me.provision(provisioning?.secret ?? '');
    expect(refusal(await run(identity, 'mfaChallengeConfirm', { token, code: me.wrong() }))).toBe('MfaCodeInvalid');
    expect(await sessions()).toBe(before);
    const done = await run(identity, 'mfaChallengeConfirm', { token, code: me.code() });
    expect(done.backupCodes).toHaveLength(10);
    expect(await identity.actorOf(done.session?.accessToken ?? '')).toMatchObject({ tenant: RIVAL });
    expect((await identity.audit('mfa.enable')).at(-1)).toMatchObject({ tenant: RIVAL, event: { outcome: 'SUCCESS' } });
    expect(refusal(await run(identity, 'mfaChallengeSetUp', { token }))).toBe('MfaChallengeInvalid');
    expect(refusal(await run(identity, 'mfaChallengeConfirm', { token, code: me.code(1) }))).toBe('MfaChallengeInvalid');
  });

  it('keeps its people from giving it up, and a challenge of one kind from serving as the other', async () => {
    me = await MfaPerson.enabled(identity, BOTH, tnt(AURORA));
    const token = await me.challenge();
    expect(refusal(await run(identity, 'mfaChallengeSetUp', { token }))).toBe('MfaChallengeInvalid');
    expect(refusal(await run(identity, 'mfaChallengeConfirm', { token, code: me.code() }))).toBe('MfaChallengeInvalid');
    await demand(RIVAL);
    expect(refusal(await me.run('mfaDisable', { password: PASSWORD }))).toBe('MfaRequired');
    expect((await me.login()).mfaChallenge?.setUpRequired).toBe(false);
    await identity.rows('delete from identity.security_policy');
    expect(refusal(await me.run('mfaDisable', { password: PASSWORD }))).toBeNull();
  });
});
