// What a person proves again before changing their own security: new backup codes by one proof, giving the second factor up by both.
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeId } from '../../kernel/base/ids.js';
import { AURORA, PASSWORD, RIVAL, TestIdentity } from '../../../test/kit/identity.js';
import { MfaPerson, alive, refusal, written } from './mfa.fixture.js';

const OWNER = 'owner@demo.test';
const BOTH = 'both@demo.test';

let identity: TestIdentity;
let one: MfaPerson | null = null;
beforeAll(async () => { identity = await TestIdentity.boot(); });
afterEach(async () => {
  await one?.forget();
  one = null;
});
afterAll(() => identity.close());

const enabled = async (email = OWNER, tenantId?: string): Promise<MfaPerson> => (one = await MfaPerson.enabled(identity, email, tenantId));
const last = async (action: string) => (await identity.audit(action)).at(-1);

describe('a step-up', () => {
  it('by code or password gives new backup codes, and the old ones stop', async () => {
    const me = await enabled();
    const [old = ''] = me.backupCodes;
    const { backupCodes } = await me.run('mfaBackupCodesRegenerate', { code: me.code() });
    expect(new Set([...backupCodes ?? [], ...me.backupCodes]).size).toBe(20);
    expect(refusal(await me.answer(await me.challenge(), old, { method: 'BACKUP_CODE' }))).toBe('MfaCodeInvalid');
    expect(refusal(await me.answer(await me.challenge(), backupCodes?.[0] ?? '', { method: 'BACKUP_CODE' }))).toBeNull();
    expect((await last('auth.mfa'))?.event).toMatchObject({ outcome: 'SUCCESS', actor: { kind: 'user' }, after: { method: 'BACKUP_CODE' } });
    expect((await me.run('mfaBackupCodesRegenerate', { password: PASSWORD })).backupCodes).toHaveLength(10);
  });

  it('is one of the two, right, and not replayed', async () => {
    const me = await enabled();
    expect(refusal(await me.run('mfaBackupCodesRegenerate', { code: me.code() }))).toBeNull();
    const before = await written(identity);
    expect(await me.run('mfaBackupCodesRegenerate', {})).toMatchObject({ userErrors: [{ __typename: 'InputInvalid', field: ['input', 'password'] }] });
    expect(refusal(await me.run('mfaBackupCodesRegenerate', { code: me.code(1), password: PASSWORD }))).toBe('InputInvalid');
    expect(refusal(await me.run('mfaBackupCodesRegenerate', { code: me.code() }))).toBe('MfaCodeInvalid');
    expect(await me.run('mfaBackupCodesRegenerate', { password: 'wrong' })).toMatchObject({ userErrors: [{ __typename: 'InvalidCredentials', field: ['input', 'password'] }] });
    expect(await written(identity)).toBe(before);
  });

  it('of both kinds is asked of who gives the second factor up, and a wrong code ends and tells nothing anywhere', async () => {
    const me = await enabled(BOTH, encodeId('tnt', AURORA));
    const { session } = await me.run('sessionSwitchTenant', { tenantId: encodeId('tnt', RIVAL) });
    const other = await identity.actorOf(session?.accessToken ?? '');
    const [before, told] = [await written(identity), (await identity.audit('mfa.disable')).length];
    for (const code of ['0000-1111-2222-3333', me.wrong()]) expect(refusal(await me.run('mfaDisable', { password: PASSWORD, code }))).toBe('MfaCodeInvalid');
    expect(await me.run('mfaDisable', { password: 'wrong', code: me.code() })).toMatchObject({ userErrors: [{ __typename: 'InvalidCredentials', field: ['input', 'password'] }] });
    expect([await written(identity), await alive(identity, other)]).toEqual([before, true]);
    expect((await identity.audit('mfa.disable')).slice(told).map(({ tenant, event }) => [tenant, event.outcome])).toEqual(Array.from({ length: 3 }, () => [AURORA, 'FAILURE']));
    expect(await me.run('mfaDisable', { password: PASSWORD, code: me.code() })).toEqual({ disabled: true, userErrors: [] });
    expect([await alive(identity, me.actor), await alive(identity, other)]).toEqual([true, false]);
    expect((await identity.audit('mfa.disable')).slice(told + 3).map(({ tenant, event }) => [tenant, event.outcome]).sort()).toEqual([[AURORA, 'SUCCESS'], [RIVAL, 'SUCCESS']].sort());
  });

  it('leaves no short password without a second factor, however the two changes meet', async () => {
    const me = await enabled();
    const change = (currentPassword: string, newPassword: string) => identity.subject.ask(
      'mutation ($input: PasswordChangeInput!) { passwordChange(input: $input) { sessionsEnded userErrors { __typename } } }', { input: { currentPassword, newPassword } }, me.actor);
    const SHORT = 'k8#vQz2p';
    const [kept] = await identity.rows<{ hash: string }>('select password_hash as hash from identity.account where id = $1', [me.actor.sub]);
    expect((await change(PASSWORD, SHORT)).data).toMatchObject({ passwordChange: { userErrors: [] } });
    const before = await written(identity);
    expect(await me.run('mfaDisable', { password: SHORT, code: me.code() })).toMatchObject({ disabled: null, userErrors: [{ __typename: 'PasswordUnacceptable', field: ['input', 'password'] }] });
    expect(await written(identity)).toBe(before);
    await identity.rows('update identity.account set password_hash = $2 where id = $1', [me.actor.sub, kept?.hash]);
    // Chosen while the second factor is there, stored when it no longer is.
    const [, late] = await identity.holding('select from identity.account where id = $1 for no key update', [me.actor.sub], [
      async () => { expect(refusal(await me.run('mfaDisable', { password: PASSWORD, code: me.code() }))).toBeNull(); return null; },
      () => change(PASSWORD, SHORT),
    ]);
    expect(late?.data).toMatchObject({ passwordChange: { sessionsEnded: null, userErrors: [{ __typename: 'PasswordUnacceptable' }] } });
    expect((await me.login()).session).not.toBeNull();
  });

  it('disables the second factor and ends every other session', async () => {
    const me = await enabled();
    const other = await identity.actorOf((await me.answer(await me.challenge(), me.code())).session?.accessToken ?? '');
    expect(await me.run('mfaDisable', { password: PASSWORD, code: me.backupCodes[0] })).toEqual({ disabled: true, userErrors: [] });
    expect([await alive(identity, me.actor), await alive(identity, other)]).toEqual([true, false]);
    expect((await me.login()).session).not.toBeNull();
    expect((await identity.subject.ask('{ viewer { mfa { enabled methods backupCodesLeft } } }', {}, me.actor)).data).toMatchObject({ viewer: { mfa: { enabled: false, methods: [], backupCodesLeft: 0 } } });
    expect(await last('mfa.disable')).toMatchObject({ tenant: AURORA, event: { type: 'SECURITY', outcome: 'SUCCESS' } });
    expect(refusal(await me.run('mfaBackupCodesRegenerate', { password: PASSWORD }))).toBe('MfaNotEnabled');
    expect(refusal(await me.run('mfaDisable', { password: PASSWORD, code: me.code() }))).toBe('MfaNotEnabled');
  });
});
