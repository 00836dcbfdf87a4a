// Reads and marks of conversations.
import { sql } from 'kysely';
import { ErrorCode, Refusal } from '../../kernel/base/errors.js';
import { decodeCursor, encodeCursor, isInstantText, pageOf, pageSize, type Page } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { isUuid } from '../../kernel/base/ids.js';
import { db } from '../tables.js';
import type { ConversationStatus } from './conversation.entity.js';
import { INBOX_COLUMNS, type InboxRow } from '../inbox/inbox.columns.js';
import type { ConversationRow } from './conversation.loaders.js';

export interface ListInput {
  first?: number | null;
  after?: string | null;
  status?: ConversationStatus | null;
  inboxId?: string | null;
  assigneeId?: string | null;
}

const isUuidText = (value: unknown): boolean => typeof value === 'string' && isUuid(value);

export class ConversationService {
  /** Newest activity first, then id. */
  async list(context: OperationContext, input: ListInput): Promise<Page<ConversationRow>> {
    const size = pageSize(input.first);
    const after = decodeCursor(input.after, [isInstantText, isUuidText]);
    let query = db(await context.read()).selectFrom('Conversation').selectAll().orderBy('lastActivityAt', 'desc').orderBy('id', 'desc').limit(size + 1);
    if (input.status) query = query.where('status', '=', input.status);
    if (input.inboxId) query = query.where('inboxId', '=', input.inboxId);
    if (input.assigneeId) query = query.where('assigneeId', '=', input.assigneeId);
    if (after) query = query.where(sql<boolean>`(last_activity_at, id) < (${String(after[0])}::timestamptz, ${String(after[1])}::uuid)`);
    return pageOf(await query.execute(), size, input.after, (row) => encodeCursor([row.lastActivityAt.toISOString(), row.id]));
  }

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
