// Ending sessions of a person: in one tenant inside a change, or in every tenant of the account, each in a change of its own.
import type { Actor } from '../../kernel/base/actor.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { runUnit, type UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { noteAccessChange } from '../access-change/access-change.js';
import type { AuditDraft } from '../../kernel/messaging/audit.js';
import { homesIn, type AccountService } from '../account/account.service.js';
import { enterHome, inHome, tenantOf } from '../platform.js';
import { db } from '../tables.js';
import type { RevokedReason } from './session.entity.js';

export interface Ending {
  home: string;
  userId: string;
  reason: RevokedReason;
  /** Only this session; absent: all of the person's in `home`. */
  only?: string | null;
  /** All but this one. */
  except?: string | null;
}

/**
 * Ends sessions inside a change, which sees `home` and this person's rows from here on.
 * @returns how many ended; those that had ended before do not count
 */
export async function endSessions(unit: UnitOfWork, { home, userId, reason, only = null, except = null }: Ending): Promise<number> {
  await enterHome(unit.tx, home, userId);
  const ended = await db(unit.tx).updateTable('Session')
    .set(({ eb, ref }) => ({ revokedAt: unit.now, revokedReason: reason, epoch: eb(ref('epoch'), '+', 1) }))
    .where('tenantId', '=', home).where('userId', '=', userId).where('revokedAt', 'is', null)
    .$if(only !== null, (query) => query.where('id', '=', only))
    .$if(except !== null, (query) => query.where('id', '!=', except))
    .returning('id').execute();
  for (const { id } of ended) await noteAccessChange(unit, { home, sessionId: id });
  return ended.length;
}

/** Ends a person's sessions in every home, in one change: all of them or none. `audit` says how the trail of each tenant but the change's own calls it. */
export async function endEverywhere(
  unit: UnitOfWork, { userId, reason, except = null }: Omit<Ending, 'home' | 'only'>, audit: Pick<AuditDraft, 'action' | 'type'>,
): Promise<number> {
  let ended = 0;
  for (const home of await homesIn(unit.tx, userId)) {
    const count = await inHome(unit.tx, home, userId, () => endSessions(unit, { home, userId, reason, except }));
    const tenant = tenantOf(home);
    if (tenant !== unit.scope.tenant) {
      unit.audit({ ...audit, outcome: 'SUCCESS', resource: { type: 'User', id: userId }, after: { sessionsEnded: count } }, tenant);
    }
    ended += count;
  }
  return ended;
}

/** Who ends sessions elsewhere, and how the trail calls it. */
export interface EndingElsewhere {
  actor: Actor;
  correlationId: string;
  action: string;
  reason: RevokedReason;
}

export class SessionEnding {
  constructor(private readonly deps: SubgraphDeps, private readonly accounts: AccountService) {}

  /** Ends a person's sessions in every tenant but `here`, each with its audit event. Repeating it after a crash ends what is left. */
  async elsewhere(userId: string, here: string | null, { actor, correlationId, action, reason }: EndingElsewhere): Promise<number> {
    let ended = 0;
    for (const home of (await this.accounts.homesOf(userId)).filter((one) => one !== here)) {
      const tenant = tenantOf(home);
      const origin = { actor: { ...actor, tenant, session: null }, correlationId };
      ended += await runUnit(this.deps.unit, { tenant, user: userId }, origin, async (unit) => {
        const count = await endSessions(unit, { home, userId, reason });
        unit.audit({
          action, type: 'AUTHENTICATION', outcome: 'SUCCESS', resource: { type: 'Session', id: null },
          after: { everywhere: true, sessionsEnded: count },
        });
        return count;
      });
    }
    return ended;
  }
}
