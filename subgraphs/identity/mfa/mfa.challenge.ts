// The second step of signing in: after the password a short-lived token waits for a code, or for the set-up of a second factor.
import { sql } from 'kysely';
import { newId } from '../../kernel/base/ids.js';
import { platformScope } from '../../kernel/data/scope.js';
import type { Tx } from '../../kernel/data/database.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { AccountService } from '../account/account.service.js';
import { tenantOf } from '../platform.js';
import { newSecret, secretHash } from '../secret.js';
import { auditOf } from '../session/session.audit.js';
import { db } from '../tables.js';
import { mfaChallengeInvalid } from './mfa.refusals.js';

export const CHALLENGE_MS = 5 * 60_000;

export interface NewChallenge {
  userId: string;
  homes: string[];
  setsUp: boolean;
}

export interface OpenChallenge extends NewChallenge {
  id: string;
}

export interface IssuedChallenge {
  token: string;
  expiresAt: Date;
}

/** Ends every sign-in of a person that waits for its second step, inside a change that sees the person's rows: for who changes the password. */
export async function voidChallenges(tx: Tx, userId: string): Promise<void> {
  await db(tx).deleteFrom('MfaChallenge').where('userId', '=', userId).execute();
}

export class MfaChallenges {
  constructor(private readonly deps: SubgraphDeps, private readonly accounts: AccountService) {}

  /** Inside a change that sees the person's rows. Those that have expired go on this occasion. */
  async issue({ tx, now }: UnitOfWork, { userId, homes, setsUp }: NewChallenge): Promise<IssuedChallenge> {
    const { secret: token, hash } = newSecret();
    const expiresAt = new Date(now.getTime() + CHALLENGE_MS);
    await db(tx).deleteFrom('MfaChallenge').where('userId', '=', userId).where('expiresAt', '<=', now).execute();
    await db(tx).insertInto('MfaChallenge')
      .values({ id: newId(), userId, hash, homes: sql`${homes}::uuid[]`, setsUp, createdAt: now, expiresAt, usedAt: null }).execute();
    return { token, expiresAt };
  }

  /**
   * The sign-in a token stands for, with the homes that are still open to the person. The running mutation is about that person.
   * @throws Refusal MfaChallengeInvalid
   */
  async byToken(context: OperationContext, token: string): Promise<OpenChallenge> {
    const audit = auditOf(context);
    audit.scope = platformScope;
    audit.actor = { ...context.actor, kind: 'anonymous', sub: null, tenant: null, session: null };
    const challenge = await this.#read(token);
    if (!challenge) throw mfaChallengeInvalid();
    const open = (await this.accounts.membershipsOf(challenge.userId)).filter(({ status }) => status === 'ACTIVE').map(({ tenantId }) => tenantId);
    const homes = challenge.homes.filter((home) => open.includes(home));
    const [home, ...others] = homes;
    if (!home) throw mfaChallengeInvalid();
    audit.scope = { tenant: others.length === 0 ? tenantOf(home) : null, user: challenge.userId };
    audit.draft = { ...audit.draft, resource: { type: 'User', id: challenge.userId } };
    return { ...challenge, homes };
  }

  /** Compare-and-set inside a change: a sign-in is completed once. @throws Refusal MfaChallengeInvalid */
  async complete({ tx, now }: UnitOfWork, { userId, id }: OpenChallenge): Promise<void> {
    const { numUpdatedRows } = await db(tx).updateTable('MfaChallenge').set({ usedAt: now })
      .where('userId', '=', userId).where('id', '=', id).where('usedAt', 'is', null).where('expiresAt', '>', now).executeTakeFirst();
    if (numUpdatedRows === 0n) throw mfaChallengeInvalid();
  }

  #read(token: string): Promise<OpenChallenge | null> {
    return this.deps.database.inScope(platformScope, async (tx) => {
      const { rows: [found] } = await sql<{ userId: string; id: string }>`
        select user_id as "userId", id, set_config('app.user_id', user_id::text, true)
        from identity.mfa_challenge_by_hash(${secretHash(token)})`.execute(tx.getKysely());
      if (!found) return null;
      const challenge = await db(tx).selectFrom('MfaChallenge').select(['userId', 'id', 'homes', 'setsUp'])
        .where('userId', '=', found.userId).where('id', '=', found.id)
        .where('usedAt', 'is', null).where('expiresAt', '>', this.deps.clock.now()).executeTakeFirst();
      return challenge ?? null;
    }, { readOnly: true });
  }
}

