// A visitor who writes at this moment: told to staff who look at the conversation, and kept nowhere.
import type { Database } from '../../kernel/data/database.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { InboxOf } from '../contact/contact.identity.js';
import { db } from '../tables.js';
import type { TypingService } from '../typing/typing.service.js';
import { visitorConversation } from './web-chat.messages.js';

export class VisitorTyping {
  constructor(private readonly database: Database, private readonly typing: TypingService) {}

  /** @returns until when it counts; null when they stopped, and when nobody is told: before their first message, and of who is blocked */
  async set({ tenantId, inboxId }: InboxOf, visitor: string, typing: boolean, now: Date): Promise<Date | null> {
    const heard = await this.database.inScope(tenantScope(tenantId), async (tx) => {
      const conversation = await visitorConversation(tx, inboxId, visitor);
      if (!conversation) return null;
      const contact = await db(tx).selectFrom('Contact').select('blockedAt').where('id', '=', conversation.contactId).executeTakeFirst();
      return contact?.blockedAt === null ? conversation : null;
    }, { readOnly: true });
    return heard && this.typing.tell(tenantId, heard.id, { contactId: heard.contactId }, typing, now);
  }
}
