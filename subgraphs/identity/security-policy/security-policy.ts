// The rules of a home as its other nouns ask for them, inside a transaction that sees the home.
import type { Tx } from '../../kernel/data/database.js';
import { db } from '../tables.js';

const MINUTE = 60_000;

export interface Policy {
  mfaRequired: boolean;
  sessionIdleMinutes: number;
  sessionAbsoluteMinutes: number;
}

/** Of a home that has never said anything: 14 days of idleness, 30 days in all, no second factor demanded. */
export const DEFAULT_POLICY: Policy = { mfaRequired: false, sessionIdleMinutes: 20_160, sessionAbsoluteMinutes: 43_200 };

export async function policyOf(tx: Tx, home: string): Promise<Policy> {
  const row = await db(tx).selectFrom('SecurityPolicy').select(['mfaRequired', 'sessionIdleMinutes', 'sessionAbsoluteMinutes'])
    .where('tenantId', '=', home).executeTakeFirst();
  return row ?? DEFAULT_POLICY;
}

/** What the limits of a session are counted from. */
export interface SessionTimes {
  createdAt: Date;
  lastUsedAt: Date;
}

/** When a session ends by itself: at its idle limit unless it is used, and at its absolute limit in any case. */
export const sessionEndsAt = ({ createdAt, lastUsedAt }: SessionTimes, policy: Policy): Date =>
  new Date(Math.min(lastUsedAt.getTime() + policy.sessionIdleMinutes * MINUTE, createdAt.getTime() + policy.sessionAbsoluteMinutes * MINUTE));

/** A session is alive while both of its times are later than these. */
export const sessionLivesAfter = (now: Date, policy: Policy): SessionTimes => ({
  createdAt: new Date(now.getTime() - policy.sessionAbsoluteMinutes * MINUTE),
  lastUsedAt: new Date(now.getTime() - policy.sessionIdleMinutes * MINUTE),
});
