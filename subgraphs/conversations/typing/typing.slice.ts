// Typing, as what it adds to the subgraph.
import { can, each, inherited, personCan } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { TypingFeedResolver, TypingResolver } from './typing.resolver.js';

export const typingSlice: Slice = {
  resolvers: [TypingResolver, TypingFeedResolver],
  rules: {
    Subscription: { typing: can('conversation:read') },
    Mutation: { typingSet: personCan('conversation:create') },
    Typing: each(inherited, 'typing', 'until', 'conversation', 'author'),
    TypingSetPayload: each(inherited, 'until', 'userErrors'),
  },
  mutations: { typingSet: { action: 'typing.set', type: 'DATA_WRITE', resource: 'Conversation' } },
};
