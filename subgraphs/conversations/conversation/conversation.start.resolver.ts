// Staff begin a conversation.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { messageById } from '../message/message.loaders.js';
import type { ConversationsServices } from '../services.js';
import { ConversationStartInput } from './conversation.inputs.js';
import { conversationById } from './conversation.loaders.js';
import { startConversation } from './conversation.start.js';
import { ConversationStartPayload } from './conversation.start.type.js';

@Resolver()
export class ConversationStartResolver {
  constructor(private readonly services: ConversationsServices) {}

  @Mutation(() => ConversationStartPayload, {
    nullable: true,
    description: 'Writes first to a contact whom an inbox knows. At most one conversation of a contact in an inbox is not resolved: if there is one it is used, and opened when it was snoozed; '
      + 'a resolved one is opened again or a new one begins, as the inbox says (`Inbox.reopen`). Refused with `QuotaExceeded` when the plan allows no more conversations this month. Safe to repeat with the same idempotency key.',
  })
  async conversationStart(
    @Arg('input', () => ConversationStartInput, { description: 'Whom to write to, from where, and what.' }) input: ConversationStartInput, @Ctx() context: OperationContext,
  ) {
    const { conversationId, messageId } = await startConversation(context, {
      ...input, contactId: inputId('cont', input.contactId, ['input', 'contactId']), inboxId: inputId('inb', input.inboxId, ['input', 'inboxId']),
    });
    this.services.crash('send:queued');
    const [conversation, message] = await Promise.all([context.load(conversationById, conversationId), context.load(messageById, messageId)]);
    return { conversation, message, userErrors: [] };
  }
}
