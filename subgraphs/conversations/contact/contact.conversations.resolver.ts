// What was talked about with a contact.
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { PageArgs, pageSize } from '../../kernel/graphql/connections.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { ContactRow } from '../conversation/conversation.loaders.js';
import { ConversationConnection } from '../conversation/conversation.type.js';
import { checkConversationCursor, conversationsOfContact } from './contact.conversations.js';
import { ContactType } from './contact.type.js';

@Resolver(() => ContactType)
export class ContactConversationsResolver {
  @FieldResolver(() => ConversationConnection, { nullable: true, description: 'Their conversations in all inboxes, those that began last first.' })
  conversations(@Root() { id }: ContactRow, @Args(() => PageArgs) { first, after }: PageArgs, @Ctx() context: OperationContext) {
    checkConversationCursor(after ?? null);
    return context.load(conversationsOfContact, { contactId: id, size: pageSize(first), after: after ?? null });
  }
}
