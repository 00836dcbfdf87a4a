// Who can be given work: identity's word about each person, noted here so that a change can hold it.
import { sql } from 'kysely';
import { systemActor } from '../../kernel/base/actor.js';
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import type { ConversationRelease } from '../conversation/conversation.release.js';
import { ColleagueNoted } from '../events.js';
import { db } from '../tables.js';
import { leaveAll } from './colleague.leave.js';
import type { ColleagueStatus } from './colleague.entity.js';

export interface NotedColleague {
  userId: string;
  status: ColleagueStatus;
  revision: number;
}

export class ColleagueService {
  constructor(private readonly unit: UnitOfWorkDeps, private readonly release: ConversationRelease) {}

  /**
   * Notes it, and says so. Of somebody who left it is said when nothing open is theirs any more: whoever assigns holds the row, so
   * that after it says DELETED nothing new becomes theirs. @returns false when something newer was known
   */
  async note(tenantId: string, { userId, status, revision }: NotedColleague): Promise<boolean> {
    const origin = { actor: systemActor(tenantId), correlationId: `member-${userId}` };
    const news = await runUnit(this.unit, tenantScope(tenantId), origin, async ({ tx }) => {
      const { numAffectedRows } = await sql`
        insert into conversations.colleague (tenant_id, user_id, status, revision) values (${tenantId}::uuid, ${userId}::uuid, ${status}, ${revision})
        on conflict (tenant_id, user_id) do update set status = excluded.status, revision = excluded.revision where colleague.revision < excluded.revision`.execute(tx.getKysely());
      const isNews = Number(numAffectedRows ?? 0) > 0;
      if (isNews && status === 'DELETED') await leaveAll({ tx }, tenantId, userId);
      return isNews;
    });
    if (status === 'DELETED' && await this.#isGone(tenantId, userId)) await this.release.release(tenantId, userId);
    await runUnit(this.unit, tenantScope(tenantId), origin, async (unit) => unit.emit(ColleagueNoted, { userId, revision }));
    return news;
  }

  #isGone(tenantId: string, userId: string): Promise<boolean> {
    return this.unit.database.inScope(tenantScope(tenantId), async (tx) => {
      const known = await db(tx).selectFrom('Colleague').select('status').where('userId', '=', userId).executeTakeFirst();
      return known?.status === 'DELETED';
    }, { readOnly: true });
  }
}

/** Holds people until the end of the change, in one order. @throws Refusal ColleagueNotFound unless all work here now */
export async function holdColleagues({ tx }: UnitOfWork, userIds: readonly string[], field: readonly string[]): Promise<void> {
  if (userIds.length === 0) return;
  const { rows: held } = await sql<{ id: string }>`
    select user_id as id from conversations.colleague where user_id = any (${[...userIds]}::uuid[]) and status = 'ACTIVE' order by user_id for share`.execute(tx.getKysely());
  if (held.length < new Set(userIds).size) {
    throw new Refusal('ColleagueNotFound', ErrorCode.NOT_FOUND, 'Nobody of this id works here now.', field);
  }
}
