// A signed-in device, and the refresh tokens it has already spent. Tokens are kept as SHA-256 only.
import { defineEntity, p } from '@mikro-orm/postgresql';

/** Why a session ended before its time. */
export type RevokedReason = 'LOGOUT' | 'REVOKED' | 'REFRESH_REUSE' | 'PASSWORD_CHANGED' | 'EMAIL_CHANGED' | 'MFA_CHANGED' | 'SUSPENDED' | 'DELETED';

export const Session = defineEntity({
  name: 'Session', tableName: 'session', schema: 'identity',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    userId: p.uuid(),
    /** Sessions that descend from one sign-in; they end together. */
    family: p.uuid(),
    /** Grows with every revocation. */
    epoch: p.integer(),
    refreshHash: p.text(),
    /** Its limits are counted from these two, by the tenant's security policy. */
    createdAt: p.datetime(3),
    lastUsedAt: p.datetime(3),
    refreshedAt: p.datetime(3).nullable(),
    /** The newest refresh token, sealed, for repetitions of the call that made it; wiped when they are over. */
    refreshSealed: p.blob().nullable(),
    /** When it satisfied a second factor; null: it did not. */
    mfaAt: p.datetime(3).nullable(),
    ip: p.text().nullable(),
    userAgent: p.text().nullable(),
    revokedAt: p.datetime(3).nullable(),
    revokedReason: p.text().$type<RevokedReason>().nullable(),
  },
});

export const SpentRefresh = defineEntity({
  name: 'SpentRefresh', tableName: 'spent_refresh', schema: 'identity',
  properties: {
    hash: p.text().primary(),
    tenantId: p.uuid(),
    userId: p.uuid(),
    sessionId: p.uuid(),
    spentAt: p.datetime(3),
    /** Whoever spent it (`session.grace.ts`). */
    client: p.text().nullable(),
  },
});
