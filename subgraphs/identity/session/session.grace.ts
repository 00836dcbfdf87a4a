// Honest repetitions of a refresh: two tabs, a lost answer. For ten seconds the same client gets the successor again.
import { createHash } from 'node:crypto';
import type { Actor } from '../../kernel/base/actor.js';
import { TenantKeyGone, type Envelope, type FieldAddress } from '../../kernel/crypto/envelope.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { policyOf, sessionLivesAfter } from '../security-policy/security-policy.js';
import { db } from '../tables.js';
import type { SessionAddress } from './session.tokens.js';

export const GRACE_MS = 10_000;

/** Who presents a token, as far as the wire tells: the same address and program. Neither alone is enough, and both are not proof. */
export const clientOf = ({ ip, userAgent }: Actor): string =>
  createHash('sha256').update(JSON.stringify([ip, userAgent])).digest('hex');

export const sealedAt = ({ home, sessionId }: SessionAddress): FieldAddress => ({
  tenantId: home, table: 'session', column: 'refresh_sealed', row: sessionId,
});

/** Instants up to this one are beyond the grace. */
export const graceBefore = (now: Date): Date => new Date(now.getTime() - GRACE_MS);

/** Kept with the session, so that it is always its newest token however often it was rotated since. Opens only there. */
export const sealSuccessor = (unit: UnitOfWork, envelope: Envelope, address: SessionAddress, refreshToken: string): Promise<Buffer> =>
  envelope.seal(unit.tx, sealedAt(address), refreshToken);

export type Spent =
  /** Nobody has spent it: the session itself does not take it. */
  | { kind: 'unspent' }
  /** Spent a moment ago by this very client: the newest refresh token of the session. */
  | { kind: 'repeated'; refreshToken: string }
  /** Spent a moment ago by this very client, and the session has ended since. */
  | { kind: 'ended' }
  /** Two holders. */
  | { kind: 'reused' };

/** What it means that `hash` no longer rotates its session. */
export async function judgeSpent(
  unit: UnitOfWork, envelope: Envelope, address: SessionAddress, hash: string, client: string,
): Promise<Spent> {
  const { home, sessionId, userId } = address;
  const spent = await db(unit.tx).selectFrom('SpentRefresh').select(['spentAt', 'client'])
    .where('tenantId', '=', home).where('hash', '=', hash).executeTakeFirst();
  if (!spent) return { kind: 'unspent' };
  if (spent.client !== client || spent.spentAt <= graceBefore(unit.now)) return { kind: 'reused' };
  const policy = await policyOf(unit.tx, home);
  const alive = sessionLivesAfter(unit.now, policy);
  const session = await db(unit.tx).selectFrom('Session').select('refreshSealed')
    .where('tenantId', '=', home).where('id', '=', sessionId).where('revokedAt', 'is', null)
    .where('lastUsedAt', '>', alive.lastUsedAt).where('createdAt', '>', alive.createdAt)
    .$if(policy.mfaRequired, (query) => query.where('mfaAt', 'is not', null))
    .where(({ exists, selectFrom }) => exists(selectFrom('Membership').select('id')
      .where('tenantId', '=', home).where('id', '=', userId).where('status', '=', 'ACTIVE')))
    .executeTakeFirst();
  if (!session?.refreshSealed) return { kind: 'ended' };
  try {
    return { kind: 'repeated', refreshToken: await envelope.open(unit.tx, sealedAt(address), Buffer.from(session.refreshSealed)) };
  } catch (error) {
    // The tenant is being erased, and its sessions with it.
    if (error instanceof TenantKeyGone) return { kind: 'ended' };
    throw error;
  }
}
