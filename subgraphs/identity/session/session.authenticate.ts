// What the gateway asks of a session on every call: is it alive, whose is it, what may they do.
import { sql } from 'kysely';
import { systemActor, type Actor } from '../../kernel/base/actor.js';
import { isUuid } from '../../kernel/base/ids.js';
import type { Authentication } from '../../kernel/base/subgraph-port.js';
import type { Tx } from '../../kernel/data/database.js';
import { platformScope, tenantScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { closedBy, stateOf } from '../organization/organization.closed.js';
import { tenantOf } from '../platform.js';
import { RefusedCredentials } from '../refused-credential.js';
import type { RoleService } from '../role/role.service.js';
import { DEFAULT_POLICY, sessionEndsAt, type Policy } from '../security-policy/security-policy.js';
import { db } from '../tables.js';
import { graceBefore } from './session.grace.js';

const TOUCH_MS = 60_000;

export class SessionAuthentication {
  readonly #touching = new Set<string>();

  readonly #refused: RefusedCredentials;

  constructor(private readonly deps: SubgraphDeps, private readonly roles: RoleService) {
    this.#refused = new RefusedCredentials(deps);
  }

  async session(sessionId: string): Promise<Authentication> {
    if (!isUuid(sessionId)) return { ok: false, reason: 'invalid' };
    const now = this.deps.clock.now();
    const found = await this.deps.database.inScope(platformScope, (tx) => this.#read(tx, sessionId, now), { readOnly: true });
    const [session] = found;
    if (!session) return { ok: false, reason: 'invalid' };
    const policy = policyIn(session);
    const expiresAt = sessionEndsAt(session, policy);
    // Opened before the tenant demanded a second factor, it is as good as revoked: the next sign-in asks for it, or sets it up.
    const revoked = session.revokedAt !== null || session.status !== 'ACTIVE' || policy.mfaRequired && session.mfaAt === null;
    const reason = revoked ? 'revoked' : expiresAt <= now ? 'expired' : null;
    if (reason) {
      const actor: Actor = { ...systemActor(tenantOf(session.tenantId)), kind: 'user', sub: session.userId, session: sessionId };
      await this.#refused.note(actor, { action: 'session.refuse', resource: { type: 'Session', id: sessionId } }, reason);
      return { ok: false, reason };
    }
    if (now.getTime() - session.lastUsedAt.getTime() >= TOUCH_MS) this.#touch(session.tenantId, session.userId, sessionId, now);
    return {
      ok: true, sub: session.userId, tenant: tenantOf(session.tenantId), session: sessionId, epoch: session.epoch,
      permissions: this.roles.permissionsOf(found), expiresAt: expiresAt.toISOString(),
      validUntil: earliest(found.map((grant) => grant.grantExpiresAt)), ...closedBy(session.tenantState),
    };
  }

  /** One row for each role of the person. The look-up names the tenant; row-level security then applies as everywhere. */
  async #read(tx: Tx, sessionId: string, now: Date) {
    const owner = await sql`
      select set_config('app.tenant_id', tenant_id::text, true), set_config('app.user_id', user_id::text, true)
      from identity.session_by_id(${sessionId}::uuid)`.execute(tx.getKysely());
    if (owner.rows.length === 0) return [];
    return db(tx).selectFrom('Session as s')
      .innerJoin('Membership as m', (join) => join.onRef('m.tenantId', '=', 's.tenantId').onRef('m.id', '=', 's.userId'))
      .leftJoin('MembershipRole as g', (join) => join.onRef('g.tenantId', '=', 's.tenantId').onRef('g.userId', '=', 's.userId')
        .on((eb) => eb.or([eb('g.expiresAt', 'is', null), eb('g.expiresAt', '>', now)])))
      .leftJoin('Role as r', (join) => join.onRef('r.tenantId', '=', 'g.tenantId').onRef('r.id', '=', 'g.roleId'))
      .leftJoin('SecurityPolicy as p', 'p.tenantId', 's.tenantId')
      .select(['s.tenantId', 's.userId', 's.epoch', 's.createdAt', 's.lastUsedAt', 's.mfaAt', 's.revokedAt'])
      .select(['p.mfaRequired', 'p.sessionIdleMinutes', 'p.sessionAbsoluteMinutes'])
      .select(['m.status', 'r.preset', 'r.permissions', 'g.expiresAt as grantExpiresAt', stateOf('s').as('tenantState')])
      .where('s.id', '=', sessionId).execute();
  }

  /** Not awaited by the call it belongs to; a lost touch costs a minute of precision. */
  #touch(home: string, userId: string, sessionId: string, now: Date): void {
    if (this.#touching.has(sessionId)) return;
    this.#touching.add(sessionId);
    this.deps.database.inScope(tenantScope(home, userId), (tx) =>
      db(tx).updateTable('Session')
        .set(({ eb, ref }) => ({
          lastUsedAt: now,
          refreshSealed: eb.case().when('refreshedAt', '>', graceBefore(now)).then(ref('refreshSealed')).else(null).end(),
        }))
        .where('tenantId', '=', home).where('id', '=', sessionId).where('lastUsedAt', '<', now).execute(),
    ).catch((error: Error) => this.deps.logger.warn({ err: error.message }, 'the last use of a session was not recorded'))
      .finally(() => this.#touching.delete(sessionId));
  }
}

/** When the first of these grants ends, and with it what was answered. */
function earliest(ends: readonly (Date | null)[]): string | null {
  const [first] = ends.filter((end) => end !== null).sort((a, b) => a.getTime() - b.getTime());
  return first?.toISOString() ?? null;
}

/** The policy in a joined row; a home without one has the defaults. */
const policyIn = (row: { [Key in keyof Policy]: Policy[Key] | null }): Policy => ({
  mfaRequired: row.mfaRequired ?? DEFAULT_POLICY.mfaRequired,
  sessionIdleMinutes: row.sessionIdleMinutes ?? DEFAULT_POLICY.sessionIdleMinutes,
  sessionAbsoluteMinutes: row.sessionAbsoluteMinutes ?? DEFAULT_POLICY.sessionAbsoluteMinutes,
});
