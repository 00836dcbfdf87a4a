// Saying that one writes, and seeing it of others.
import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root, Subscription } from 'type-graphql';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { contactById, conversationById } from '../conversation/conversation.loaders.js';
import { ConversationType } from '../conversation/conversation.type.js';
import { MessageAuthor } from '../message/message.type.js';
import type { ConversationsServices } from '../services.js';
import type { TypingAuthor } from './typing.service.js';
import { Typing, TypingSetInput, TypingSetPayload } from './typing.type.js';

interface TypingRow {
  conversationId: string;
  author: TypingAuthor;
}

@Resolver(() => Typing)
export class TypingResolver {
  constructor(private readonly services: ConversationsServices) {}

  @Mutation(() => TypingSetPayload, { nullable: true, description: 'Tells colleagues who look at a conversation that the caller writes in it. It counts for 8 seconds. For people, not API keys.' })
  async typingSet(
    @Arg('input', () => TypingSetInput, { description: 'Where, and whether.' }) { conversationId, typing }: TypingSetInput, @Ctx() context: OperationContext,
  ) {
    return { until: await this.services.typing.set(context, conversationId, typing), userErrors: [] };
  }

  @FieldResolver(() => ConversationType, { nullable: true, description: 'Where. Null when it is kept no longer.' })
  conversation(@Root() { conversationId }: TypingRow, @Ctx() context: OperationContext) {
    return context.load(conversationById, conversationId);
  }

  @FieldResolver(() => MessageAuthor, { nullable: true, description: 'Who: a colleague, perhaps yourself elsewhere, or the visitor of a web chat.' })
  async author(@Root() { author }: TypingRow, @Ctx() context: OperationContext) {
    if ('userId' in author) return { __typename: 'User', id: author.userId };
    const contact = await context.load(contactById, author.contactId);
    return contact && { __typename: 'Contact', ...contact };
  }
}

@Resolver()
export class TypingFeedResolver {
  @Subscription(() => Typing, {
    description: 'Who writes in a conversation, at this moment. There is no history: after a reconnect it goes on from now.',
    subscribe: ({ args, context }) => {
      const operation = context as unknown as OperationContext<ConversationsServices>;
      return operation.services.typing.open(operation, (args as { conversationId: string }).conversationId) as never;
    },
  })
  typing(
    @Root() event: Record<string, unknown>,
    @Arg('conversationId', () => ID, { description: 'The conversation.' }) _conversationId: string,
  ): Typing {
    return event as unknown as Typing;
  }
}
