// What the trail tells of each mutation of accounts, sign-in and second factors, in the order in which one leads to the next.
import { expect } from '@jest/globals';
import { DEMO_PASSWORD } from '../../ops/demo/demo.facts.js';
import { hotp, stepOf } from '../../subgraphs/identity/mfa/totp.js';
import { decodeBase32 } from '../../subgraphs/identity/mfa/base32.fixture.js';
import type { AuditCases, AuditWorld, Payload } from './audit.world.js';

const [ANALYST, AGENT, ADMIN, LUNA] = ['analyst@demo.test', 'agent@demo.test', 'admin@demo.test', 'luna@osteria.test'];
const [CHOSEN, CHANGED, RESET] = ['four words in a row', 'another four words here', 'four words after a reset'];
const NOBODY = { id: null, actor: null };

const codeFor = (secret: string, later = 0): string => hotp(decodeBase32(secret), stepOf(new Date()) + later);
const secretOf = (payload: Payload): string => (payload['provisioning'] as { secret: string }).secret;
const tokenOf = (payload: Payload): string => (payload['session'] as { accessToken: string }).accessToken;

/** What one case leaves for the next. */
const kept = { secret: '', codes: [] as string[], lunaSecret: '', lunaToken: '' };

async function challenge(world: AuditWorld, email: string, password = DEMO_PASSWORD): Promise<string> {
  const { mfaChallenge } = await world.done('login', { input: { email, password }, select: 'mfaChallenge { token }' });
  return (mfaChallenge as { token: string }).token;
}
/** The event of who acts on their own account. */
const own = (world: AuditWorld, by: string) => ({ id: world.of(by).user, actor: world.of(by).user });
const signedIn = (world: AuditWorld) => (payload: Payload) => ({ id: world.of(tokenOf(payload)).session, actor: world.of(tokenOf(payload)).user });

export const accountCases: AuditCases = {
  accountRegister: async () => ({
    input: { email: LUNA, displayName: 'Luna', organizationName: 'Osteria Luna' }, told: () => NOBODY,
  }),
  accountEmailVerificationResend: async (world) => {
    await world.link(LUNA);
    return { input: { email: LUNA }, told: () => NOBODY };
  },
  accountEmailVerify: async (world) => ({
    input: { token: await world.link(LUNA, 1), password: CHOSEN },
    told: async () => ({ id: await world.userId(LUNA), actor: null }),
  }),
  login: async (world) => ({ input: { email: ANALYST, password: DEMO_PASSWORD }, select: 'session { accessToken refreshToken }', told: signedIn(world) }),
  sessionRefresh: async (world) => {
    const { refreshToken } = await world.session(ANALYST);
    return { input: { refreshToken }, select: 'session { accessToken refreshToken }', told: signedIn(world) };
  },
  logout: async (world) => {
    const { accessToken } = await world.session(ANALYST);
    const { session, user } = world.of(accessToken);
    return { by: accessToken, input: { everywhere: false }, told: () => ({ id: session, actor: user, after: { everywhere: false, sessionsEnded: 1 } }) };
  },
  sessionRevoke: async (world) => {
    const [by, { accessToken }] = [await world.token('owner@demo.test'), await world.session(ANALYST)];
    const { session, user } = world.of(accessToken);
    return { by, input: { sessionId: session }, told: () => ({ id: session, actor: world.of(by).user, after: { user, sessionsEnded: 1 } }) };
  },
  sessionsRevoke: async (world) => {
    const by = await world.token(ANALYST);
    await world.session(ANALYST);
    return {
      by, input: { scope: 'OTHERS' },
      told: () => ({ id: null, actor: world.of(by).user, after: { user: world.of(by).user, others: true, sessionsEnded: expect.any(Number) } }),
    };
  },
  profileUpdate: async (world) => {
    const by = await world.token(ANALYST);
    return {
      by, input: { displayName: 'Anna Analyste', locale: 'fr' },
      told: () => ({ ...own(world, by), before: { displayName: 'Anna Analyst', locale: 'en' }, after: { displayName: 'Anna Analyste', locale: 'fr' } }),
    };
  },
  passwordChange: async (world) => {
    const by = await world.token(ANALYST);
    return {
      by, input: { currentPassword: DEMO_PASSWORD, newPassword: CHANGED }, told: () => ({ ...own(world, by), after: { sessionsEnded: 0 } }),
    };
  },
  passwordForgot: async (world) => ({ input: { email: ANALYST }, told: async () => ({ id: await world.userId(ANALYST), actor: null }) }),
  passwordReset: async (world) => ({
    // The first mail told of the changed password.
    input: { token: await world.link(ANALYST, 1), newPassword: RESET },
    told: async () => ({ id: await world.userId(ANALYST), actor: null, after: { sessionsEnded: 1 }, elsewhere: 1 }),
  }),
  accountEmailChange: async (world) => {
    const by = await world.token(ADMIN);
    return { by, input: { newEmail: 'adam@demo.test', password: DEMO_PASSWORD }, told: () => own(world, by) };
  },
  accountEmailChangeConfirm: async (world) => {
    const id = await world.userId(ADMIN);
    await world.done('accountEmailChangeConfirm', { input: { token: await world.link(ADMIN) } });
    return {
      input: { token: await world.link('adam@demo.test') },
      told: () => ({ id, actor: null, before: { email: ADMIN }, after: { changed: true, sessionsEnded: 0, email: 'adam@demo.test' }, elsewhere: 1 }),
    };
  },
  mfaTotpSetUp: async (world) => {
    const by = await world.token(AGENT);
    return {
      by, input: { password: DEMO_PASSWORD }, select: 'provisioning { secret }',
      told: (payload) => {
        kept.secret = secretOf(payload);
        return { ...own(world, by), after: { secondFactor: 'PENDING' } };
      },
    };
  },
  mfaTotpConfirm: async (world) => {
    const by = await world.token(AGENT);
    return {
      by, input: { code: codeFor(kept.secret) }, select: 'backupCodes',
      told: () => ({ ...own(world, by), before: { secondFactor: 'PENDING' }, after: { secondFactor: 'ACTIVE', method: 'TOTP' } }),
    };
  },
  mfaBackupCodesRegenerate: async (world) => {
    const by = await world.token(AGENT);
    return {
      by, input: { password: DEMO_PASSWORD }, select: 'backupCodes',
      told: ({ backupCodes }) => {
        kept.codes = backupCodes as string[];
        return { ...own(world, by), after: { backupCodes: 10 } };
      },
    };
  },
  mfaChallengeAnswer: async (world) => ({
    input: { token: await challenge(world, AGENT), method: 'BACKUP_CODE', code: kept.codes[0] }, select: 'session { accessToken refreshToken }', told: (payload) => ({ ...signedIn(world)(payload), after: { method: 'BACKUP_CODE' } }),
  }),
  mfaDisable: async (world) => {
    const by = await world.token(AGENT);
    return {
      by, input: { password: DEMO_PASSWORD, code: kept.codes[1] },
      told: () => ({ ...own(world, by), before: { secondFactor: 'ACTIVE' }, after: { secondFactor: 'NONE', method: 'BACKUP_CODE' } }),
    };
  },
  mfaChallengeSetUp: async (world) => {
    await world.admin.query(`insert into identity.security_policy select tenant_id, true, 60, 600, now() from identity.membership where user_id = (select id from identity.account where email = $1)
      on conflict (tenant_id) do update set mfa_required = true`, [LUNA]);
    kept.lunaToken = await challenge(world, LUNA, CHOSEN);
    return {
      input: { token: kept.lunaToken }, select: 'provisioning { secret }',
      told: async (payload) => {
        kept.lunaSecret = secretOf(payload);
        return { id: await world.userId(LUNA), actor: null, after: { secondFactor: 'PENDING' } };
      },
    };
  },
  mfaChallengeConfirm: async (world) => ({
    input: { token: kept.lunaToken, code: codeFor(kept.lunaSecret) }, select: 'session { accessToken refreshToken } backupCodes',
    told: async () => ({ id: await world.userId(LUNA), actor: await world.userId(LUNA), before: { secondFactor: 'PENDING' }, after: { secondFactor: 'ACTIVE', method: 'TOTP', signedIn: true } }),
  }),
};
