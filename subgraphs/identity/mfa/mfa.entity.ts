// Second factors of an account: the authenticator, backup codes, sign-ins that wait for a code, and the log of use.
import { defineEntity, p } from '@mikro-orm/postgresql';

export type FactorState = 'PENDING' | 'ACTIVE';
export type CodeMethod = 'TOTP' | 'BACKUP_CODE';
export type UsePurpose = 'SIGN_IN' | 'SET_UP' | 'STEP_UP';
export type UseOutcome = 'ACCEPTED' | 'REFUSED';

export const MfaFactor = defineEntity({
  name: 'MfaFactor', tableName: 'mfa_factor', schema: 'identity',
  properties: {
    /** Of one set-up; the secret is sealed to it. */
    id: p.uuid().primary(),
    userId: p.uuid(),
    kind: p.text().$type<'TOTP'>(),
    /** Sealed with the platform's key. */
    secret: p.blob(),
    state: p.text().$type<FactorState>(),
    /** RFC 6238 time step of the newest code that was accepted; codes of it and of older ones are refused. */
    lastUsedStep: p.integer(),
    createdAt: p.datetime(3),
    confirmedAt: p.datetime(3).nullable(),
  },
});

export const MfaBackupCode = defineEntity({
  name: 'MfaBackupCode', tableName: 'mfa_backup_code', schema: 'identity',
  properties: {
    /** SHA-256 of the account and the code. */
    hash: p.text().primary(),
    userId: p.uuid(),
    createdAt: p.datetime(3),
    usedAt: p.datetime(3).nullable(),
  },
});

export const MfaUse = defineEntity({
  name: 'MfaUse', tableName: 'mfa_use', schema: 'identity',
  properties: {
    id: p.uuid().primary(),
    userId: p.uuid(),
    usedAt: p.datetime(3),
    method: p.text().$type<CodeMethod>(),
    purpose: p.text().$type<UsePurpose>(),
    outcome: p.text().$type<UseOutcome>(),
    ip: p.text().nullable(),
    userAgent: p.text().nullable(),
  },
});

export const MfaChallenge = defineEntity({
  name: 'MfaChallenge', tableName: 'mfa_challenge', schema: 'identity',
  properties: {
    id: p.uuid().primary(),
    userId: p.uuid(),
    /** SHA-256 of its token. */
    hash: p.text(),
    /** Where the sign-in may lead. */
    homes: p.type('uuid[]').$type<string[]>(),
    /** The account has no second factor and the tenant demands one: it is to be set up first. */
    setsUp: p.boolean(),
    createdAt: p.datetime(3),
    expiresAt: p.datetime(3),
    usedAt: p.datetime(3).nullable(),
  },
});
