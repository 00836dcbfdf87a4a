// Rotation of refresh tokens: each works once. A spent one that comes back late, or from elsewhere, ends its whole family.
import { sql } from 'kysely';
import type { Refusal } from '../../kernel/base/errors.js';
import { platformScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { noteAccessChange } from '../access-change/access-change.js';
import type { NotificationDelivery } from '../notification/notification.delivery.js';
import { enterHome, tenantOf } from '../platform.js';
import { policyOf, sessionLivesAfter } from '../security-policy/security-policy.js';
import { db } from '../tables.js';
import { actAs } from './session.audit.js';
import { clientOf, judgeSpent, sealSuccessor } from './session.grace.js';
import { sessionExpired } from './session.refusals.js';
import { refreshHashOf, type SessionAddress, type TokenService, type Tokens } from './session.tokens.js';

interface Rotation {
  /** Hash of the token that is spent, and of its successor. */
  from: string;
  to: string;
  sealed: Buffer;
  client: string;
}

export class SessionRefresh {
  constructor(private readonly deps: SubgraphDeps, private readonly tokens: TokenService, private readonly notifications: NotificationDelivery) {}

  /**
   * @returns new tokens, or the refusal of a reused token: ending its family is a change that must commit
   * @throws Refusal SessionExpired for an unknown, expired or ended session
   */
  async refresh(context: OperationContext, refreshToken: string): Promise<Tokens | Refusal> {
    const hash = refreshHashOf(refreshToken);
    const address = await this.#addressOf(hash);
    if (!address) throw sessionExpired();
    const { tokens, refreshHash } = await this.tokens.issue(address, context.deps.clock.now());
    actAs(context, address);
    return context.mutate(async (unit, audit) => {
      if (tenantOf(address.home) === null) await enterHome(unit.tx, address.home, address.userId);
      const client = clientOf(context.actor);
      const sealed = await sealSuccessor(unit, this.deps.envelope, address, tokens.refreshToken);
      if (await this.#rotate(unit, address, { from: hash, to: refreshHash, sealed, client })) return tokens;
      const spent = await judgeSpent(unit, this.deps.envelope, address, hash, client);
      if (spent.kind === 'repeated') {
        audit.draft = { ...audit.draft, after: { repeated: true } };
        return { ...tokens, refreshToken: spent.refreshToken };
      }
      if (spent.kind !== 'reused') throw sessionExpired();
      await this.#endFamily(unit, address);
      await this.#tell(unit, address);
      audit.draft = {
        ...audit.draft, action: 'auth.refresh_reuse', type: 'SECURITY', outcome: 'FAILURE', reason: 'SESSION_EXPIRED',
      };
      return sessionExpired();
    });
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
    const alive = sessionLivesAfter(unit.now, await policyOf(unit.tx, home));
    const rotated = await db(unit.tx).updateTable('Session')
      .set({ refreshHash: to, refreshSealed: sealed, refreshedAt: unit.now, lastUsedAt: unit.now })
      .where('tenantId', '=', home).where('id', '=', sessionId).where('refreshHash', '=', from)
      .where('revokedAt', 'is', null).where('lastUsedAt', '>', alive.lastUsedAt).where('createdAt', '>', alive.createdAt)
      .where(({ exists, selectFrom }) => exists(selectFrom('Membership').select('id')
        .where('tenantId', '=', home).where('id', '=', userId).where('status', '=', 'ACTIVE')))
      .returning('id').executeTakeFirst();
    if (!rotated) return false;
    await db(unit.tx).insertInto('SpentRefresh')
      .values({ tenantId: home, hash: from, userId, sessionId, spentAt: unit.now, client }).execute();
    return true;
  }

  async #endFamily(unit: UnitOfWork, { home, sessionId }: SessionAddress): Promise<void> {
    const ended = await db(unit.tx).updateTable('Session')
      .set(({ eb, ref }) => ({ revokedAt: unit.now, revokedReason: 'REFRESH_REUSE', epoch: eb(ref('epoch'), '+', 1) }))
      .where('tenantId', '=', home).where('revokedAt', 'is', null)
      .where('family', '=', ({ selectFrom }) => selectFrom('Session').select('family')
        .where('tenantId', '=', home).where('id', '=', sessionId))
      .returning('id').execute();
    for (const { id } of ended) await noteAccessChange(unit, { home, sessionId: id });
  }
}
