// A person's second factor through the whole product: set up, asked for, spent once, renewed, given up, demanded by the tenant.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hotp, stepOf } from '../../subgraphs/identity/mfa/totp.js';
import { decodeBase32 } from '../../subgraphs/identity/mfa/base32.fixture.js';
import { DEMO_PASSWORD } from '../../ops/demo/demo.facts.js';
import { operation } from '../kit/client.js';
import { bootPlatform, type TestPlatform } from '../kit/platform.js';
import { until } from '../kit/until.js';

const AGENT = 'agent@demo.test';
const VIEWER = '{ viewer { user { email } mfa { enabled methods backupCodesLeft } } }';
const ERRORS = 'userErrors { __typename code field }';
const REGENERATE = `mutation ($input: MfaBackupCodesRegenerateInput!) { mfaBackupCodesRegenerate(input: $input) { backupCodes ${ERRORS} } }`;
const DISABLE = `mutation ($input: MfaDisableInput!) { mfaDisable(input: $input) { disabled ${ERRORS} } }`;
const LOGOUT = 'mutation ($input: LogoutInput!) { logout(input: $input) { sessionsEnded } }';
const POLICY = `mutation ($input: SecurityPolicyUpdateInput!) { securityPolicyUpdate(input: $input) { securityPolicy { mfaRequired } ${ERRORS} } }`;
const SET_UP = `mutation ($input: MfaChallengeSetUpInput!) { mfaChallengeSetUp(input: $input) { provisioning { secret } ${ERRORS} } }`;
const CONFIRM = `mutation ($input: MfaChallengeConfirmInput!) { mfaChallengeConfirm(input: $input) { session { accessToken } backupCodes ${ERRORS} } }`;

interface Payload {
  session?: { accessToken: string } | null;
  mfaChallenge?: { token: string; methods: string[]; setUpRequired: boolean } | null;
  provisioning?: { secret: string; otpauthUri: string; qrSvg: string } | null;
  backupCodes?: string[] | null;
  disabled?: boolean | null;
  userErrors: { __typename: string }[];
}

let platform: TestPlatform;
beforeAll(async () => { platform = await bootPlatform(); });
afterAll(() => platform?.stop());

/** The payload of a mutation that stands alone in its document. */
async function run(document: string, input: Record<string, unknown>, token?: string): Promise<Payload> {
  const { data, errors } = await platform.ask(document, { input }, token);
  if (errors || !data) throw new Error(JSON.stringify(errors));
  return Object.values(data)[0] as Payload;
}
const login = (email: string): Promise<Payload> => run(operation('login'), { email, password: DEMO_PASSWORD });
const challenge = async (email = AGENT): Promise<string> => (await login(email)).mfaChallenge?.token ?? '';
const answer = async (code: string, method = 'TOTP'): Promise<Payload> =>
  run(operation('mfa-challenge-answer'), { token: await challenge(), method, code });
const refused = ({ userErrors }: Payload): string | null => userErrors[0]?.__typename ?? null;
const isRefused = async (token: string): Promise<boolean> =>
  (await platform.ask(VIEWER, {}, token)).errors?.[0]?.extensions?.['code'] === 'UNAUTHENTICATED';

describe('a second factor', () => {
  let token = '';
  let codes: string[] = [];
  /** Of the step after the present one, which the product takes already. */
  let next = '';

  it('is set up with the password and a code of the app', async () => {
    token = await platform.signIn(AGENT);
    const { provisioning } = await run(operation('mfa-totp-set-up'), { password: DEMO_PASSWORD }, token);
    expect(provisioning?.otpauthUri).toContain(encodeURIComponent(AGENT));
    expect(provisioning?.qrSvg).toContain('<svg');
    const secret = decodeBase32(provisioning?.secret ?? '');
    const step = stepOf(new Date());
    next = hotp(secret, step + 1);
    codes = (await run(operation('mfa-totp-confirm'), { code: hotp(secret, step) }, token)).backupCodes ?? [];
    expect(codes).toHaveLength(10);
    expect((await platform.ask(VIEWER, {}, token)).data)
      .toEqual({ viewer: { user: { email: AGENT }, mfa: { enabled: true, methods: ['TOTP', 'BACKUP_CODE'], backupCodesLeft: 10 } } });
  });

  it('is asked for at sign-in, and a code works once', async () => {
    await platform.ask(LOGOUT, { input: {} }, token);
    const { session, mfaChallenge } = await login(AGENT);
    expect([session, mfaChallenge?.methods, mfaChallenge?.setUpRequired]).toEqual([null, ['TOTP', 'BACKUP_CODE'], false]);
    token = (await answer(next)).session?.accessToken ?? '';
    expect((await platform.ask(VIEWER, {}, token)).data).toMatchObject({ viewer: { user: { email: AGENT } } });
    expect(refused(await answer(next))).toBe('MfaCodeInvalid');
  });

  it('is replaced by a backup code, once', async () => {
    const [code = ''] = codes;
    expect((await answer(code, 'BACKUP_CODE')).session?.accessToken).toEqual(expect.any(String));
    expect(refused(await answer(code, 'BACKUP_CODE'))).toBe('MfaCodeInvalid');
  });

  it('gets new backup codes, and is given up, behind a step-up', async () => {
    expect(refused(await run(REGENERATE, {}, token))).toBe('InputInvalid');
    const renewed = (await run(REGENERATE, { password: DEMO_PASSWORD }, token)).backupCodes ?? [];
    expect(renewed).toHaveLength(10);
    expect(refused(await answer(codes[1] ?? '', 'BACKUP_CODE'))).toBe('MfaCodeInvalid');
    const password = DEMO_PASSWORD;
    expect(refused(await run(DISABLE, { password, code: codes[2] }, token))).toBe('MfaCodeInvalid');
    expect(refused(await run(DISABLE, { password: 'wrong', code: renewed[0] }, token))).toBe('InvalidCredentials');
    expect((await run(DISABLE, { password, code: renewed[0] }, token)).disabled).toBe(true);
    expect((await login(AGENT)).session?.accessToken).toEqual(expect.any(String));
  });

  it('may be demanded by the tenant: nobody is in without, and everybody can set one up on the way in', async () => {
    const owner = await platform.signIn('owner@demo.test');
    const viewer = await platform.signIn('viewer@demo.test');
    expect(refused(await run(POLICY, { mfaRequired: true }, owner))).toBeNull();
    for (const one of [viewer, owner]) await until(() => isRefused(one), 'a session without a second factor is refused');
    const { session, mfaChallenge } = await login('viewer@demo.test');
    expect([session, mfaChallenge?.methods, mfaChallenge?.setUpRequired]).toEqual([null, [], true]);
    const waiting = mfaChallenge?.token ?? '';
    const secret = decodeBase32((await run(SET_UP, { token: waiting })).provisioning?.secret ?? '');
    const done = await run(CONFIRM, { token: waiting, code: hotp(secret, stepOf(new Date())) });
    expect(done.backupCodes).toHaveLength(10);
    const inside = done.session?.accessToken ?? '';
    expect((await platform.ask(VIEWER, {}, inside)).data).toMatchObject({ viewer: { mfa: { enabled: true } } });
    expect(refused(await run(DISABLE, { password: DEMO_PASSWORD, code: done.backupCodes?.[0] }, inside))).toBe('MfaRequired');
  });
});

describe('many sign-ins in one document', () => {
  const document = (count: number): string => `mutation { ${Array.from({ length: count }, (_, n) =>
    `a${n}: login(input: { email: "somebody@demo.test", password: "guess-${n}" }) { userErrors { __typename } }`).join(' ')} }`;

  it('are as many attempts', async () => {
    const { data } = await platform.ask(document(30));
    const outcomes = Object.values(data ?? {}).map((payload) => refused(payload as Payload));
    expect([outcomes.filter((one) => one === 'InvalidCredentials').length, outcomes.filter((one) => one === 'TooManyAttempts').length]).toEqual([5, 25]);
    expect((await platform.ask(document(100))).errors).toMatchObject([{ extensions: { code: 'TOO_COSTLY' } }]);
  });
});
