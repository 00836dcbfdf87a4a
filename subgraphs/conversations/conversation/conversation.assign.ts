// Who is in charge of a conversation, and how urgent it is.
import { encodeId } from '../../kernel/base/ids.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { wantAssignment } from '../assignment/assignment.want.js';
import { holdColleagues } from '../colleague/colleague.service.js';
import { db } from '../tables.js';
import { holdConversation, moveConversation, tellOf } from './conversation.change.js';
import type { ConversationPriority } from './conversation.entity.js';
import { changedSince } from './conversation.life.js';

export interface Assignment {
  id: string;
  /** Null: nobody. */
  assigneeId: string | null;
  /** Who the person saw in charge; absent: whoever it is. */
  expected?: string | null;
}

/** The person is held while they are put in charge: they cannot have left. @throws Refusal ConversationNotFound, ColleagueNotFound, ConversationChanged */
export function assignConversation(context: OperationContext, { id, assigneeId, expected }: Assignment): Promise<void> {
  return context.mutate(async (unit, audit) => {
    audit.draft = { ...audit.draft, resource: { type: 'Conversation', id } };
    if (assigneeId !== null) await holdColleagues(unit, [assigneeId], ['input', 'userId']);
    const held = await holdConversation(unit, id);
    if (expected !== undefined && expected !== held.assigneeId) throw changedSince('Somebody else is in charge than you saw.', ['input', 'expectedAssigneeId']);
    if (held.assigneeId !== assigneeId) {
      // One person or one bot.
      if (held.botId !== null) await moveConversation(unit, held, 'TAKEN_OVER');
      await db(unit.tx).updateTable('Conversation').set({ assigneeId }).where('id', '=', id).execute();
      if (held.botId === null) tellOf(unit, held);
      if (assigneeId === null) await wantAssignment(unit, [held.inboxId]);
    }
    const named = (user: string | null): string | null => (user === null ? null : encodeId('user', user));
    audit.draft = { ...audit.draft, before: { assignee: named(held.assigneeId) }, after: { assignee: named(assigneeId) } };
  });
}

/** @throws Refusal ConversationNotFound */
export function prioritizeConversation(context: OperationContext, id: string, priority: ConversationPriority | null): Promise<void> {
  return context.mutate(async (unit, audit) => {
    audit.draft = { ...audit.draft, resource: { type: 'Conversation', id } };
    const held = await holdConversation(unit, id);
    if (held.priority !== priority) {
      await db(unit.tx).updateTable('Conversation').set({ priority }).where('id', '=', id).execute();
      tellOf(unit, held);
    }
    audit.draft = { ...audit.draft, before: { priority: held.priority }, after: { priority } };
  });
}
