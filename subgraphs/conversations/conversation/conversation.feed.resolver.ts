// Following conversations live.
import { Arg, Ctx, FieldResolver, ID, Resolver, Root, Subscription } from 'type-graphql';
import type { OperationContext } from '../../kernel/graphql/context.js';
import type { ConversationsServices } from '../services.js';
import { ConversationTouchedEvent, ConversationFeedEvent } from './conversation.feed.type.js';
import { conversationById } from './conversation.loaders.js';
import { ConversationType } from './conversation.type.js';

interface Asked {
  inboxId?: string | null;
  after?: string | null;
}

@Resolver(() => ConversationTouchedEvent)
export class ConversationTouchedResolver {
  @FieldResolver(() => ConversationType, { nullable: true, description: 'The conversation, as it is now. Null when it is kept no longer.' })
  conversation(@Root() { conversationId }: { conversationId: string }, @Ctx() context: OperationContext) {
    return context.load(conversationById, conversationId);
  }
}

@Resolver()
export class ConversationFeedResolver {
  @Subscription(() => ConversationFeedEvent, {
    description: 'Conversations as they begin and change, of one inbox or of all: what keeps a list of them up to date. With `after` it first replays what came later than that cursor.',
    subscribe: ({ args, context }) => {
      const { inboxId = null, after = null } = args as Asked;
      const operation = context as unknown as OperationContext<ConversationsServices>;
      return operation.services.conversationFeed.open(operation, inboxId, after) as never;
    },
  })
  conversationFeed(
    @Root() event: Record<string, unknown>,
    @Arg('inboxId', () => ID, { nullable: true, description: 'Of this inbox only; of all inboxes when absent.' }) _inboxId?: string | null,
    @Arg('after', () => String, { nullable: true, description: 'Go on after this cursor; from now on when absent.' }) _after?: string | null,
  ): ConversationFeedEvent {
    return event as unknown as ConversationFeedEvent;
  }
}
