// Custom attributes of a conversation, as what they add to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { conversationAttributes } from '../migrations/20261201-23-conversation-attributes.js';
import { ConversationAttributesResolver } from './conversation.attributes.resolver.js';
import { WORK } from './conversation.work.slice.js';

export const conversationAttributesSlice: Slice = {
  resolvers: [ConversationAttributesResolver],
  migrations: [conversationAttributes],
  rules: {
    Mutation: { conversationAttributesSet: can(WORK) },
    Conversation: { attributes: inherited },
    ConversationAttribute: each(inherited, 'name', 'text', 'number', 'flag'),
    ConversationAttributesSetPayload: each(inherited, 'conversation', 'userErrors'),
  },
  mutations: { conversationAttributesSet: { action: 'conversation.set_attributes', type: 'DATA_WRITE', resource: 'Conversation' } },
  classes: { Conversation: { attributes: 'plain' } },
};
