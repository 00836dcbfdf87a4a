// conversationFeed, as what it adds to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { ConversationChangedResolver, ConversationFeedResolver } from './conversation.feed.resolver.js';
import { ConversationChangedEvent, ConversationFeedGap } from './conversation.feed.type.js';

export const conversationFeedSlice: Slice = {
  resolvers: [ConversationFeedResolver, ConversationChangedResolver],
  orphanedTypes: [ConversationChangedEvent, ConversationFeedGap],
  rules: {
    Subscription: { conversationFeed: can('conversation:read') },
    ConversationChanged: each(inherited, 'cursor', 'cause', 'conversation'),
    ConversationFeedGap: each(inherited, 'cursor', 'reason'),
  },
};
