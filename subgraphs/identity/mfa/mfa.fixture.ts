// A person of the test identity with an authenticator app in hand.
import { anonymous, type Actor } from '../../kernel/base/actor.js';
import { PASSWORD, type TestIdentity, type Tokens } from '../../../test/kit/identity.js';
import { hotp, stepOf } from './totp.js';
import { decodeBase32 } from './base32.fixture.js';

export interface Outcome {
  session: Tokens | null;
  mfaChallenge?: { token: string; methods: string[]; setUpRequired: boolean; expiresAt: string } | null;
  provisioning?: { otpauthUri: string; secret: string; qrSvg: string } | null;
  backupCodes?: string[] | null;
  disabled?: boolean | null;
  userErrors: { __typename: string; code: string; field: string[] | null; tenants?: { id: string; name: string | null }[] }[];
}

const TOKENS = 'session { accessToken accessTokenExpiresAt refreshToken }';
const ERRORS = 'userErrors { __typename code field ... on TenantChoiceRequired { tenantIds tenants { id name } } }';
const OPERATIONS = {
  login: ['LoginInput', `${TOKENS} mfaChallenge { token methods setUpRequired expiresAt }`],
  mfaTotpSetUp: ['MfaTotpSetUpInput', 'provisioning { otpauthUri secret qrSvg }'],
  mfaTotpConfirm: ['MfaTotpConfirmInput', 'backupCodes'],
  mfaBackupCodesRegenerate: ['MfaBackupCodesRegenerateInput', 'backupCodes'],
  mfaDisable: ['MfaDisableInput', 'disabled'],
  mfaChallengeAnswer: ['MfaChallengeAnswerInput', TOKENS],
  mfaChallengeSetUp: ['MfaChallengeSetUpInput', 'provisioning { otpauthUri secret qrSvg }'],
  mfaChallengeConfirm: ['MfaChallengeConfirmInput', `${TOKENS} backupCodes`],
  sessionSwitchTenant: ['SessionSwitchTenantInput', TOKENS],
} as const;
type Operation = keyof typeof OPERATIONS;

const STEP_MS = 30_000;
const NOBODY = anonymous('127.0.0.1', 'test');

/** One mutation. @throws with its top-level errors */
export async function run(identity: TestIdentity, operation: Operation, input: Record<string, unknown>, actor: Actor = NOBODY): Promise<Outcome> {
  const [type, selection] = OPERATIONS[operation];
  const { data, errors } = await identity.subject.ask(
    `mutation ($input: ${type}!) { ${operation}(input: $input) { ${selection} ${ERRORS} } }`, { input }, actor);
  if (errors) throw new Error(JSON.stringify(errors));
  return data?.[operation] as Outcome;
}

export const refusal = ({ userErrors }: Outcome): string | null => userErrors[0]?.__typename ?? null;

export const alive = async (identity: TestIdentity, { session }: Actor): Promise<boolean> => (await identity.port.session(session ?? '')).ok;

/** All that a refused change of second factors must leave as it was. */
export async function written(identity: TestIdentity): Promise<string | undefined> {
  const [row] = await identity.rows<{ text: string }>(`select (select json_agg(f order by id) from identity.mfa_factor f)::text || '/' ||
    coalesce((select json_agg(c order by hash) from identity.mfa_backup_code c)::text, '') || '/' || (select count(*) from identity.session)::text as text`);
  return row?.text;
}

export class MfaPerson {
  secret: Buffer = Buffer.alloc(0);
  backupCodes: string[] = [];

  private constructor(readonly identity: TestIdentity, readonly email: string, public actor: Actor) {}

  /** Signed in, without a second factor. */
  static async signedIn(identity: TestIdentity, email: string, tenantId?: string): Promise<MfaPerson> {
    return new MfaPerson(identity, email, await identity.actorOf((await identity.signIn(email, tenantId)).accessToken));
  }

  /** Signed in, with the authenticator app in use and its next code unspent. */
  static async enabled(identity: TestIdentity, email: string, tenantId?: string): Promise<MfaPerson> {
    const one = await MfaPerson.signedIn(identity, email, tenantId);
    await one.setUp();
    const { backupCodes } = await one.run('mfaTotpConfirm', { code: one.code() });
    one.backupCodes = backupCodes ?? [];
    identity.advance(STEP_MS);
    return one;
  }

  async setUp(): Promise<void> {
    const { provisioning } = await this.run('mfaTotpSetUp', { password: PASSWORD });
    this.provision(provisioning?.secret ?? '');
  }

  /** Types a secret into the app. */
  provision(base32: string): void {
    this.secret = decodeBase32(base32);
  }

  /** What the app shows, now or some steps away. */
  code(steps = 0): string {
    return hotp(this.secret, stepOf(this.identity.now) + steps);
  }

  /** A code that the app does not show. */
  wrong(): string {
    const shown = [-1, 0, 1].map((steps) => this.code(steps));
    return ['000000', '111111', '222222', '333333'].find((code) => !shown.includes(code)) ?? '';
  }

  run(operation: Operation, input: Record<string, unknown>): Promise<Outcome> {
    return run(this.identity, operation, input, this.actor);
  }

  login(tenantId?: string): Promise<Outcome> {
    return run(this.identity, 'login', { email: this.email, password: PASSWORD, ...(tenantId ? { tenantId } : {}) });
  }

  /** The token of a sign-in that waits for its second step. */
  async challenge(tenantId?: string): Promise<string> {
    const { mfaChallenge } = await this.login(tenantId);
    if (!mfaChallenge) throw new Error(`${this.email} was not asked for a second factor.`);
    return mfaChallenge.token;
  }

  /** Several of them; the attempts that are judged at one time are five. */
  async challenges(count: number): Promise<string[]> {
    const tokens = [];
    while (tokens.length < count) tokens.push(await this.challenge());
    return tokens;
  }

  answer(token: string, code: string, rest: Record<string, unknown> = {}): Promise<Outcome> {
    return run(this.identity, 'mfaChallengeAnswer', { token, method: 'TOTP', code, ...rest });
  }

  /** Back to the password alone, behind the walls. */
  async forget(): Promise<void> {
    const userId = this.identity.userIds.get(this.email);
    for (const table of ['mfa_factor', 'mfa_backup_code', 'mfa_use', 'mfa_challenge']) await this.identity.rows(`delete from identity.${table} where user_id = $1`, [userId]);
    await this.identity.rows('delete from identity.attempt');
  }
}
