// Ending sessions of a person: in one tenant, or in every tenant of the account, always inside the change that is the reason for it.
import type { UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import { noteSessionsEnded } from '../access-change/access-change.js';
import type { AuditDraft } from '../../kernel/messaging/audit.js';
import { homesIn, lockAccount } from '../account/account.service.js';
import { enterHome, inHome, tenantOf } from '../platform.js';
import { db } from '../tables.js';
import type { RevokedReason } from './session.entity.js';

export interface Ending {
  home: string;
  userId: string;
  reason: RevokedReason;
  /** Only this session; absent: all of the person's in `home`. */
  only?: string | null;
  /** Only those that descend from one sign-in. */
  family?: string | null;
  /** All but this one. */
  except?: string | null;
}

/**
 * Ends sessions inside a change, which sees `home` and this person's rows from here on.
 * @returns how many ended; those that had ended before do not count
 */
export async function endSessions(unit: UnitOfWork, { home, userId, reason, only = null, family = null, except = null }: Ending): Promise<number> {
  await enterHome(unit.tx, home, userId);
  const ended = await db(unit.tx).updateTable('Session')
    .set(({ eb, ref }) => ({ revokedAt: unit.now, revokedReason: reason, epoch: eb(ref('epoch'), '+', 1) }))
    .where('tenantId', '=', home).where('userId', '=', userId).where('revokedAt', 'is', null)
    .$if(only !== null, (query) => query.where('id', '=', only))
    .$if(family !== null, (query) => query.where('family', '=', family))
    .$if(except !== null, (query) => query.where('id', '!=', except))
    .returning('id').execute();
  await noteSessionsEnded(unit, home, ended.map(({ id }) => id));
  return ended.length;
}

export interface EndedEverywhere {
  all: number;
  /** In the tenant of the change, whose trail learns nothing of the others. */
  here: number;
}

/** How the trail of each tenant but the change's own calls it. */
export type EndingAudit = Pick<AuditDraft, 'action' | 'type'> & Partial<Pick<AuditDraft, 'outcome' | 'reason'>>;

/**
 * Ends a person's sessions in every home, in one change: all of them or none. The account is locked first: a session that is
 * being opened meanwhile is waited for and ended, or waits for this change and finds that it must not be opened.
 */
export async function endEverywhere(
  unit: UnitOfWork, { userId, reason, family = null, except = null }: Omit<Ending, 'home' | 'only'>, audit: EndingAudit,
): Promise<EndedEverywhere> {
  await lockAccount(unit.tx, userId);
  const ended = { all: 0, here: 0 };
  for (const home of await homesIn(unit.tx, userId)) {
    const count = await inHome(unit.tx, home, userId, () => endSessions(unit, { home, userId, reason, family, except }));
    const tenant = tenantOf(home);
    ended.all += count;
    if (tenant === unit.scope.tenant) ended.here += count;
    // A family is of the tenants it has come to.
    else if (count > 0 || family === null) {
      unit.audit({ outcome: 'SUCCESS', ...audit, resource: { type: 'User', id: userId }, after: { sessionsEnded: count } }, tenant);
    }
  }
  return ended;
}
