// conversationFeed, as what it adds to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { ConversationTouchedResolver, ConversationFeedResolver } from './conversation.feed.resolver.js';
import { ConversationTouchedEvent, ConversationFeedGap } from './conversation.feed.type.js';

export const conversationFeedSlice: Slice = {
  resolvers: [ConversationFeedResolver, ConversationTouchedResolver],
  orphanedTypes: [ConversationTouchedEvent, ConversationFeedGap],
  rules: {
    Subscription: { conversationFeed: can('conversation:read') },
    ConversationTouched: each(inherited, 'cursor', 'cause', 'conversation'),
    ConversationFeedGap: each(inherited, 'cursor', 'reason'),
  },
};
