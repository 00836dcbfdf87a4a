// Rotation of refresh tokens: each works once. A spent one that comes back has two holders, so its whole family ends.
import { sql } from 'kysely';
import type { Refusal } from '../../kernel/base/errors.js';
import { platformScope } from '../../kernel/data/scope.js';
import type { Database } from '../../kernel/data/database.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { enterHome, tenantOf } from '../platform.js';
import { policyOf, sessionLivesAfter } from '../security-policy/security-policy.js';
import { db } from '../tables.js';
import { actAs } from './session.audit.js';
import { sessionExpired } from './session.refusals.js';
import { refreshHashOf, type SessionAddress, type TokenService, type Tokens } from './session.tokens.js';

export class SessionRefresh {
  constructor(private readonly database: Database, private readonly tokens: TokenService) {}

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
      if (await this.#rotate(unit, address, hash, refreshHash)) return tokens;
      if (!await this.#isSpent(unit, address, hash)) throw sessionExpired();
      await this.#endFamily(unit, address);
      audit.draft = {
        ...audit.draft, action: 'auth.refresh_reuse', type: 'SECURITY', outcome: 'FAILURE', reason: 'SESSION_EXPIRED',
      };
      return sessionExpired();
    });
  }

  #addressOf(hash: string): Promise<SessionAddress | null> {
    return this.database.inScope(platformScope, async (tx) => {
      const { rows } = await sql<SessionAddress>`
        select tenant_id as home, id as "sessionId", user_id as "userId"
        from identity.session_by_refresh(${hash})`.execute(tx.getKysely());
      return rows[0] ?? null;
    }, { readOnly: true });
  }

  /** Compare-and-set: of two callers with the same token one wins, the other finds it spent. */
  async #rotate(unit: UnitOfWork, { home, sessionId, userId }: SessionAddress, from: string, to: string): Promise<boolean> {
    const alive = sessionLivesAfter(unit.now, await policyOf(unit.tx, home));
    const rotated = await db(unit.tx).updateTable('Session')
      .set({ refreshHash: to, lastUsedAt: unit.now })
      .where('tenantId', '=', home).where('id', '=', sessionId).where('refreshHash', '=', from)
      .where('revokedAt', 'is', null).where('lastUsedAt', '>', alive.lastUsedAt).where('createdAt', '>', alive.createdAt)
      .where(({ exists, selectFrom }) => exists(selectFrom('Membership').select('id')
        .where('tenantId', '=', home).where('id', '=', userId).where('status', '=', 'ACTIVE')))
      .returning('id').executeTakeFirst();
    if (!rotated) return false;
    await db(unit.tx).insertInto('SpentRefresh')
      .values({ tenantId: home, hash: from, userId, sessionId, spentAt: unit.now }).execute();
    return true;
  }

  async #isSpent(unit: UnitOfWork, { home }: SessionAddress, hash: string): Promise<boolean> {
    const spent = await db(unit.tx).selectFrom('SpentRefresh').select('hash')
      .where('tenantId', '=', home).where('hash', '=', hash).executeTakeFirst();
    return spent !== undefined;
  }

  async #endFamily(unit: UnitOfWork, { home, sessionId }: SessionAddress): Promise<void> {
    await db(unit.tx).updateTable('Session')
      .set(({ eb, ref }) => ({ revokedAt: unit.now, revokedReason: 'REFRESH_REUSE', epoch: eb(ref('epoch'), '+', 1) }))
      .where('tenantId', '=', home).where('revokedAt', 'is', null)
      .where('family', '=', ({ selectFrom }) => selectFrom('Session').select('family')
        .where('tenantId', '=', home).where('id', '=', sessionId))
      .execute();
  }
}
