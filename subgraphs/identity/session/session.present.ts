// The caller's own session as a change finds it. Whoever ends sessions everywhere holds the account: a change that holds it too has missed no end.
import { unauthenticated } from '../../kernel/base/errors.js';
import type { Tx } from '../../kernel/data/database.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { homeOf, inHome } from '../platform.js';
import { db } from '../tables.js';

export interface PresentSession {
  family: string;
  createdAt: Date;
  mfaAt: Date | null;
}

/** Inside a change that holds the account. @throws UNAUTHENTICATED when the session has ended since the call was let in */
export async function presentSession(tx: Tx, { actor, userId }: OperationContext): Promise<PresentSession> {
  const home = homeOf(actor);
  const present = await inHome(tx, home, userId, () => db(tx).selectFrom('Session').select(['family', 'createdAt', 'mfaAt'])
    .where('tenantId', '=', home).where('id', '=', actor.session).where('revokedAt', 'is', null).executeTakeFirst());
  if (!present) throw unauthenticated('This session has ended: sign in again.');
  return present;
}

/** Says of the caller's session when it satisfied a second factor, or that it no longer does. */
export async function markSecondFactor(tx: Tx, { actor, userId }: OperationContext, mfaAt: Date | null): Promise<void> {
  const home = homeOf(actor);
  await inHome(tx, home, userId, () => db(tx).updateTable('Session').set({ mfaAt })
    .where('tenantId', '=', home).where('id', '=', actor.session).execute());
}
