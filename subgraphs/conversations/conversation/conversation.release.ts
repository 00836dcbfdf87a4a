// Takes the conversations of somebody who was removed off them, so that nobody waits for a person who is gone. Resolved ones too: what the customer writes opens them again.
import { sql } from 'kysely';
import { systemActor } from '../../kernel/base/actor.js';
import { encodeId } from '../../kernel/base/ids.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { ConversationsReleased } from '../events.js';
import { wantAssignment } from '../assignment/assignment.want.js';
import { db } from '../tables.js';
import { tellOf } from './conversation.change.js';

/** A change: row locks of this many conversations at a time. */
const BATCH = 100;

export class ConversationRelease {
  constructor(private readonly unit: UnitOfWorkDeps) {}

  /** Says so when nothing is left, however often it is told. @returns how many there were */
  async release(tenantId: string, userId: string): Promise<number> {
    let released = 0;
    let last = BATCH;
    while (last === BATCH) {
      last = await this.#batch(tenantId, userId);
      released += last;
    }
    return released;
  }

  #batch(tenantId: string, userId: string): Promise<number> {
    const origin = { actor: systemActor(tenantId), correlationId: `removal-${userId}` };
    return runUnit(this.unit, tenantScope(tenantId), origin, async (unit) => {
      const taken = await take(unit, tenantId, userId);
      for (const { id, inboxId } of taken) {
        tellOf(unit, { id, inboxId });
        unit.audit({
          action: 'conversation.release', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Conversation', id },
          before: { assignee: encodeId('user', userId) }, after: { assignee: null },
        });
      }
      await wantAssignment(unit, taken.map(({ inboxId }) => inboxId));
      if (taken.length < BATCH) unit.emit(ConversationsReleased, { userId });
      return taken.length;
    });
  }
}

/** The few are found once, before the change: as a part of it the planner may look for them again for each row, and take them all. */
async function take({ tx }: UnitOfWork, tenantId: string, userId: string): Promise<{ id: string; inboxId: string }[]> {
  const found = await db(tx).selectFrom('Conversation').select(['id', 'inboxId'])
    .where('tenantId', '=', tenantId).where('assigneeId', '=', userId).orderBy('id').limit(BATCH).forUpdate().execute();
  await sql`update conversations.conversation set assignee_id = null where tenant_id = ${tenantId}::uuid and id = any (${found.map(({ id }) => id)}::uuid[])`.execute(tx.getKysely());
  return found;
}
