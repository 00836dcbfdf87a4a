// Rotation of refresh tokens: each works once. A spent one that comes back late, or from elsewhere, ends its whole family in every tenant.
import { sql } from 'kysely';
import type { Refusal } from '../../kernel/base/errors.js';
import { platformScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import type { MutationAudit, OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { NotificationDelivery } from '../notification/notification.delivery.js';
import { lockAccount } from '../account/account.service.js';
import { enterHome, tenantOf } from '../platform.js';
import { secretHash } from '../secret.js';
import { policyOf, sessionLivesAfter } from '../security-policy/security-policy.js';
import { db } from '../tables.js';
import { actAs } from './session.audit.js';
import { endEverywhere, type EndingAudit } from './session.end.js';
import { clientOf, judgeSpent, sealSuccessor } from './session.grace.js';
import { sessionExpired } from './session.refusals.js';
import type { SessionAddress, TokenService, Tokens } from './session.tokens.js';

interface Rotation {
  /** Hash of the token that is spent, and of its successor. */
  from: string;
  to: string;
  sealed: Buffer;
  client: string;
}

const REUSED: EndingAudit = { action: 'auth.refresh_reuse', type: 'SECURITY', outcome: 'FAILURE', reason: 'SESSION_EXPIRED' };

/** Rolls a rotation back, and with it the lock on the session: what it means is judged under the lock of the account, which comes first. */
class Unrotated extends Error {}

export class SessionRefresh {
  constructor(private readonly deps: SubgraphDeps, private readonly tokens: TokenService, private readonly notifications: NotificationDelivery) {}

  /**
   * @returns new tokens, or the refusal of a reused token: ending its family is a change that must commit
   * @throws Refusal SessionExpired for an unknown, expired or ended session
   */
  async refresh(context: OperationContext, refreshToken: string): Promise<Tokens | Refusal> {
    const hash = secretHash(refreshToken);
    const address = await this.#addressOf(hash);
    if (!address) throw sessionExpired();
    const { tokens, refreshHash } = await this.tokens.issue(address, context.deps.clock.now());
    actAs(context, address);
    const client = clientOf(context.actor);
    try {
      return await context.mutate(async (unit) => {
        if (tenantOf(address.home) === null) await enterHome(unit.tx, address.home, address.userId);
        const sealed = await sealSuccessor(unit, this.deps.envelope, address, tokens.refreshToken);
        if (await this.#rotate(unit, address, { from: hash, to: refreshHash, sealed, client })) return tokens;
        throw new Unrotated();
      });
    } catch (error) {
      if (!(error instanceof Unrotated)) throw error;
    }
    return context.mutate(async (unit, audit) => {
      await lockAccount(unit.tx, address.userId);
      if (tenantOf(address.home) === null) await enterHome(unit.tx, address.home, address.userId);
      const spent = await judgeSpent(unit, this.deps.envelope, address, hash, client);
      if (spent.kind === 'repeated') {
        audit.draft = { ...audit.draft, after: { repeated: true } };
        return { ...tokens, refreshToken: spent.refreshToken };
      }
      if (spent.kind !== 'reused') throw sessionExpired();
      return this.#end(unit, audit, address);
    });
  }

  /** Two have held a token of this family: nobody holds one any longer. @throws Refusal SessionExpired when it had ended before, which is no alarm */
  async #end(unit: UnitOfWork, audit: MutationAudit, address: SessionAddress): Promise<Refusal> {
    const { home, sessionId, userId } = address;
    const { family } = await db(unit.tx).selectFrom('Session').select('family')
      .where('tenantId', '=', home).where('id', '=', sessionId).executeTakeFirstOrThrow();
    const ended = await endEverywhere(unit, { userId, reason: 'REFRESH_REUSE', family }, REUSED);
    if (ended.all === 0) throw sessionExpired();
    await this.#tell(unit, address);
    audit.draft = { ...audit.draft, outcome: 'FAILURE', ...REUSED, after: { sessionsEnded: ended.here } };
    return sessionExpired();
  }

  /** Somebody else may have their tokens: the person hears of it once a session. */
  async #tell(unit: UnitOfWork, { home, userId, sessionId }: SessionAddress): Promise<void> {
    await this.notifications.notify(unit, home, {
      kind: 'SESSION_REUSED', userIds: [userId], permission: null, subjectId: null, params: {}, dedupeKey: `${sessionId}/REUSED`,
    });
  }

  #addressOf(hash: string): Promise<SessionAddress | null> {
    return this.deps.database.inScope(platformScope, async (tx) => {
      const { rows } = await sql<SessionAddress>`
        select tenant_id as home, id as "sessionId", user_id as "userId"
        from identity.session_by_refresh(${hash})`.execute(tx.getKysely());
      return rows[0] ?? null;
    }, { readOnly: true });
  }

  /** Compare-and-set: of two callers with the same token one wins, the other finds it spent. */
  async #rotate(unit: UnitOfWork, { home, sessionId, userId }: SessionAddress, { from, to, sealed, client }: Rotation): Promise<boolean> {
    const policy = await policyOf(unit.tx, home);
    const alive = sessionLivesAfter(unit.now, policy);
    const rotated = await db(unit.tx).updateTable('Session')
      .set({ refreshHash: to, refreshSealed: sealed, refreshedAt: unit.now, lastUsedAt: unit.now })
      .where('tenantId', '=', home).where('id', '=', sessionId).where('refreshHash', '=', from)
      .where('revokedAt', 'is', null).where('lastUsedAt', '>', alive.lastUsedAt).where('createdAt', '>', alive.createdAt)
      .$if(policy.mfaRequired, (query) => query.where('mfaAt', 'is not', null))
      .where(({ exists, selectFrom }) => exists(selectFrom('Membership').select('id')
        .where('tenantId', '=', home).where('id', '=', userId).where('status', '=', 'ACTIVE')))
      .returning('id').executeTakeFirst();
    if (!rotated) return false;
    await db(unit.tx).insertInto('SpentRefresh')
      .values({ tenantId: home, hash: from, userId, sessionId, spentAt: unit.now, client }).execute();
    return true;
  }
}
