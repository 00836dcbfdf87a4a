// Queries, mutations and links of conversations.
import { Arg, Args, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { channelFor } from '../channel/channel.registry.js';
import { windowClosesAt } from '../channel/channel.rules.js';
import { ContactType } from '../contact/contact.type.js';
import { InboxConnection, InboxType } from '../inbox/inbox.type.js';
import type { ConversationsServices } from '../services.js';
import { ConversationMarkReadInput, ConversationsArgs } from './conversation.inputs.js';
import { contactById, conversationById, inboxById, readCount, type ConversationRow } from './conversation.loaders.js';
import { ConversationConnection, ConversationMarkReadPayload, ConversationType, UserReference } from './conversation.type.js';

/** An empty text is a wrong id, not an absent one: it must not list everything. */
const given = (id: string | null | undefined): id is string => id !== null && id !== undefined;

@Resolver(() => ConversationType)
export class ConversationResolver {
  constructor(private readonly services: ConversationsServices) {}

  @Query(() => ConversationConnection, { nullable: true, description: 'Conversations of your tenant, latest activity first, then by id.' })
  conversations(@Args(() => ConversationsArgs) { first, after, filter }: ConversationsArgs, @Ctx() context: OperationContext) {
    return this.services.conversations.list(context, {
      first, after, status: filter?.status,
      inboxId: given(filter?.inboxId) ? inputId('inb', filter.inboxId, ['filter', 'inboxId']) : null,
      assigneeId: given(filter?.assigneeId) ? inputId('user', filter.assigneeId, ['filter', 'assigneeId']) : null,
    });
  }

  @Query(() => ConversationType, { nullable: true, description: 'One conversation; null when your tenant has none with this id.' })
  conversation(@Arg('id', () => ID, { description: 'Its id.' }) id: string, @Ctx() context: OperationContext) {
    return context.load(conversationById, inputId('conv', id, ['id']));
  }

  @Query(() => InboxConnection, { nullable: true, description: 'Inboxes of your tenant, by id.' })
  inboxes(@Args(() => PageArgs) { first, after }: PageArgs, @Ctx() context: OperationContext) {
    return this.services.conversations.inboxes(context, first, after);
  }

  @Mutation(() => ConversationMarkReadPayload, { nullable: true, description: 'Marks everything of a conversation as read by you.' })
  async conversationMarkRead(
    @Arg('input', () => ConversationMarkReadInput, { description: 'Which conversation was read.' }) input: ConversationMarkReadInput, @Ctx() context: OperationContext,
  ) {
    const id = await this.services.conversations.markRead(context, inputId('conv', input.conversationId, ['input', 'conversationId']));
    return { conversation: await context.load(conversationById, id), userErrors: [] };
  }

  @FieldResolver(() => ContactType, { description: 'The customer.' })
  contact(@Root() row: ConversationRow, @Ctx() context: OperationContext) {
    return context.load(contactById, row.contactId);
  }

  @FieldResolver(() => InboxType, { description: 'The inbox it came in by.' })
  inbox(@Root() row: ConversationRow, @Ctx() context: OperationContext) {
    return context.load(inboxById, row.inboxId);
  }

  @FieldResolver(() => UserReference, { nullable: true, description: 'The person in charge; null when nobody is.' })
  assignee(@Root() row: ConversationRow) {
    return row.assigneeId === null ? null : { id: row.assigneeId };
  }

  @FieldResolver(() => DateTime, {
    nullable: true,
    description: 'Until when you may write to the customer, UTC: 24 hours after their last message on WhatsApp, 7 days on Messenger and Instagram. What lies in the past has closed, and only a template '
      + '(WhatsApp) may be sent. Null when the channel lets anybody write at any time.',
  })
  async windowClosesAt(@Root() row: ConversationRow, @Ctx() context: OperationContext): Promise<Date | null> {
    const inbox = await context.load(inboxById, row.inboxId);
    // Of what has never opened: since the conversation is there.
    return inbox && windowClosesAt(channelFor(inbox.channel).sending, row.lastInboundAt ?? null, true, row.createdAt);
  }

  @FieldResolver(() => Int, { description: 'Messages of the customer that you have not read.' })
  async unreadCount(@Root() row: ConversationRow, @Ctx() context: OperationContext): Promise<number> {
    return row.inboundCount - ((await context.load(readCount, row.id)) ?? 0);
  }
}
