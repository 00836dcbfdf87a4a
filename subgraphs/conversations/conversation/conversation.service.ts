// Reads and marks of conversations.
import { sql } from 'kysely';
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import { decodeCursor, encodeCursor, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { isUuid } from '../../kernel/base/ids.js';
import { db } from '../tables.js';
import { INBOX_COLUMNS, type InboxRow } from '../inbox/inbox.columns.js';

const isUuidText = (value: unknown): boolean => typeof value === 'string' && isUuid(value);

export class ConversationService {
  async inboxes(context: OperationContext, first?: number | null, after?: string | null): Promise<Page<InboxRow>> {
    const size = pageSize(first);
    const cursor = decodeCursor(after, [isUuidText]);
    let query = db(await context.read()).selectFrom('Inbox').select(INBOX_COLUMNS).where('state', '<>', 'DELETED').orderBy('id').limit(size + 1);
    if (cursor) query = query.where('id', '>', String(cursor[0]));
    return pageOf(await query.execute(), size, after, (row) => encodeCursor([row.id]));
  }

  /** The acting person has read everything up to now. */
  async markRead(context: OperationContext, id: string): Promise<string> {
    const { tenantId, userId } = context;
    return context.mutate(async (unit, audit) => {
      audit.draft = { ...audit.draft, resource: { type: 'Conversation', id } };
      const { rows: [marked] } = await sql<{ read: number; before: number | null }>`
        with last as (
          select inbound_count from conversations.conversation_read
          where tenant_id = ${tenantId}::uuid and conversation_id = ${id}::uuid and user_id = ${userId}::uuid
        )
        insert into conversations.conversation_read (tenant_id, conversation_id, user_id, inbound_count, read_at)
        select tenant_id, id, ${userId}::uuid, inbound_count, ${unit.now} from conversations.conversation where id = ${id}::uuid and tenant_id = ${tenantId}::uuid
        on conflict (tenant_id, conversation_id, user_id)
        do update set inbound_count = greatest(conversation_read.inbound_count, excluded.inbound_count), read_at = excluded.read_at
        returning inbound_count as read, (select inbound_count from last) as before`.execute(unit.tx.getKysely());
      if (!marked) {
        throw new Refusal('ConversationNotFound', ErrorCode.NOT_FOUND, 'The conversation was not found.', ['input', 'conversationId']);
      }
      audit.draft = { ...audit.draft, before: { read: marked.before ?? 0 }, after: { read: marked.read } };
      return id;
    });
  }
}
