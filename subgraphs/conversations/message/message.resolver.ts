// Sending, reading and following messages.
import { Arg, Args, Ctx, FieldResolver, Mutation, Resolver, Root, Subscription } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { attachmentsOf } from '../attachment/attachment.loaders.js';
import { mediaItemOf } from '../attachment/attachment.type.js';
import { contactById, conversationById, type ConversationRow } from '../conversation/conversation.loaders.js';
import { ConversationType } from '../conversation/conversation.type.js';
import type { ConversationsServices } from '../services.js';
import { MessageFeedArgs, MessageSendInput } from './message.inputs.js';
import { contentOf, MessageContentUnion, MessageReaction } from './message.content.type.js';
import { messageByExternalId, messageById, reactionsOn, type MessageRow } from './message.loaders.js';
import { sendMessage } from './message.send.js';
import {
  MessageAddedEvent, MessageAuthor, MessageConnection, MessageFeedEvent, MessageSendPayload, MessageType, MessageUpdatedEvent,
} from './message.type.js';

@Resolver(() => MessageType)
export class MessageResolver {
  constructor(private readonly services: ConversationsServices) {}

  @Mutation(() => MessageSendPayload, { nullable: true, description: 'Sends a text, a place, cards of people, choices or a template to the customer of a conversation. Refused with `WindowClosed`, `RecipientOptedOut` or `TemplateMismatch` where the channel would. Safe to repeat with the same idempotency key.' })
  async messageSend(
    @Arg('input', () => MessageSendInput, { description: 'What to write, and where.' }) input: MessageSendInput, @Ctx() context: OperationContext,
  ) {
    const conversationId = inputId('conv', input.conversationId, ['input', 'conversationId']);
    const id = await sendMessage(context, { ...input, conversationId });
    this.services.crash('send:queued');
    return { message: await context.load(messageById, id), userErrors: [] };
  }

  @FieldResolver(() => MessageContentUnion, { nullable: true, description: 'What it holds besides its text; null for TEXT and UNSUPPORTED, and when it was taken back.' })
  async content(@Root() { id, content }: MessageRow, @Ctx() context: OperationContext) {
    if (content?.kind !== 'media') return contentOf(content);
    const files = await context.load(attachmentsOf, id) ?? [];
    return { ...content, media: content.media.map((media, position) => mediaItemOf(media, files.find((file) => file.position === position))) };
  }

  @FieldResolver(() => MessageType, { nullable: true, description: 'The message it answers; null when it answers none, or one that is not known here.' })
  async replyTo(@Root() { inboxId, replyTo, conversationId }: MessageRow, @Ctx() context: OperationContext) {
    const answered = replyTo === null ? null : await context.load(messageByExternalId, { inboxId, externalId: replyTo });
    return answered?.conversationId === conversationId ? answered : null;
  }

  @FieldResolver(() => [MessageReaction], { description: 'Reactions that stand on it, oldest first: at most one of the customer and one of the business.' })
  async reactions(@Root() { id }: MessageRow, @Ctx() context: OperationContext) {
    return (await context.load(reactionsOn, id)) ?? [];
  }

  @FieldResolver(() => MessageAuthor, { nullable: true, description: "Who wrote it; null for what the business wrote in the channel's own app, and for what the product wrote by itself, as reminders of guests." })
  async author(@Root() row: MessageRow, @Ctx() context: OperationContext) {
    if (row.authorId === null) return null;
    if (row.authorKind === 'USER') return { __typename: 'User', id: row.authorId };
    if (row.authorKind === 'BOT') return { __typename: 'Bot', id: row.authorId };
    const contact = await context.load(contactById, row.authorId);
    return contact && { __typename: 'Contact', ...contact };
  }

  @FieldResolver(() => ConversationType, { description: 'The conversation it belongs to.' })
  conversation(@Root() row: MessageRow, @Ctx() context: OperationContext) {
    return context.load(conversationById, row.conversationId);
  }
}

@Resolver(() => ConversationType)
export class ConversationMessagesResolver {
  constructor(private readonly services: ConversationsServices) {}

  @FieldResolver(() => MessageType, { nullable: true, description: 'Its newest message.' })
  lastMessage(@Root() row: ConversationRow, @Ctx() context: OperationContext) {
    return row.lastMessageId === null ? null : context.load(messageById, row.lastMessageId);
  }

  @FieldResolver(() => MessageConnection, { description: 'Its messages, newest first.' })
  messages(@Root() row: ConversationRow, @Args(() => PageArgs) { first, after }: PageArgs, @Ctx() context: OperationContext) {
    return this.services.messages.list(context, row.id, first, after);
  }
}

const feedMessage = (root: { messageId: string }, context: OperationContext) => context.load(messageById, root.messageId);

@Resolver(() => MessageAddedEvent)
export class MessageAddedResolver {
  @FieldResolver(() => MessageType, { nullable: true, description: 'The message, as it is now. Null when it is kept no longer (`TenantSettings.retention`), which a feed that goes on after an old cursor may come upon.' })
  message(@Root() root: { messageId: string }, @Ctx() context: OperationContext) {
    return feedMessage(root, context);
  }
}

@Resolver(() => MessageUpdatedEvent)
export class MessageUpdatedResolver {
  @FieldResolver(() => MessageType, { nullable: true, description: 'The message, as it is now. Null when it is kept no longer (`TenantSettings.retention`), which a feed that goes on after an old cursor may come upon.' })
  message(@Root() root: { messageId: string }, @Ctx() context: OperationContext) {
    return feedMessage(root, context);
  }
}

@Resolver()
export class MessageFeedResolver {
  @Subscription(() => MessageFeedEvent, {
    description: 'Messages of one conversation or one inbox as they are added and updated. With `after` it first replays what came later than that cursor.',
    subscribe: ({ args, context }) => (context as unknown as OperationContext<ConversationsServices>).services.messages.open(context as unknown as OperationContext, args as MessageFeedArgs) as never,
  })
  messageFeed(@Root() event: Record<string, unknown>, @Args(() => MessageFeedArgs) _args: MessageFeedArgs): MessageFeedEvent {
    return event as unknown as MessageFeedEvent;
  }
}
