// A person wants to come back to a conversation: its newest message of the customer counts as unread by them.
import { sql } from 'kysely';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { holdConversation } from './conversation.change.js';

/** @throws Refusal ConversationNotFound */
export function markUnread(context: OperationContext, id: string): Promise<void> {
  const { tenantId, userId } = context;
  return context.mutate(async (unit, audit) => {
    audit.draft = { ...audit.draft, resource: { type: 'Conversation', id } };
    await holdConversation(unit, id);
    // Of a conversation without a message of the customer there is nothing to read.
    const { rows: [mark] } = await sql<{ read: number }>`
      insert into conversations.conversation_read (tenant_id, conversation_id, user_id, inbound_count, read_at)
      select tenant_id, id, ${userId}::uuid, greatest(inbound_count - 1, 0), ${unit.now} from conversations.conversation where id = ${id}::uuid and tenant_id = ${tenantId}::uuid
      on conflict (tenant_id, conversation_id, user_id)
      do update set inbound_count = least(conversation_read.inbound_count, excluded.inbound_count), read_at = excluded.read_at
      returning inbound_count as read`.execute(unit.tx.getKysely());
    audit.draft = { ...audit.draft, after: { read: mark?.read ?? 0 } };
  });
}
