// Takes the open conversations of somebody who was removed off them, so that nobody waits for a person who is gone.
import { systemActor } from '../../kernel/base/actor.js';
import { encodeId } from '../../kernel/base/ids.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { ConversationsReleased } from '../events.js';
import { db } from '../tables.js';

/** A change: row locks of this many conversations at a time. */
const BATCH = 100;

export class ConversationRelease {
  constructor(private readonly unit: UnitOfWorkDeps) {}

  /** Says so when nothing is left, however often it is told. What is resolved keeps its assignee. @returns how many there were */
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
      const ids = await take(unit, tenantId, userId);
      for (const id of ids) {
        unit.audit({
          action: 'conversation.release', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Conversation', id },
          before: { assignee: encodeId('user', userId) }, after: { assignee: null },
        });
      }
      if (ids.length < BATCH) unit.emit(ConversationsReleased, { userId });
      return ids.length;
    });
  }
}

async function take({ tx }: UnitOfWork, tenantId: string, userId: string): Promise<string[]> {
  const taken = await db(tx).updateTable('Conversation').set({ assigneeId: null })
    .where('tenantId', '=', tenantId)
    .where('id', 'in', ({ selectFrom }) => selectFrom('Conversation').select('id')
      .where('tenantId', '=', tenantId).where('assigneeId', '=', userId).where('status', '!=', 'RESOLVED').orderBy('id').limit(BATCH).forUpdate())
    .returning('id').execute();
  return taken.map(({ id }) => id);
}
