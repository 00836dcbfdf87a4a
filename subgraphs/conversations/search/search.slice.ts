// Lists and searches, as what they add to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { lists } from '../migrations/20261130-51-lists.js';
import { search } from '../migrations/20261130-52-search.js';
import { MessageSearchResolver } from './message.search.resolver.js';

export const searchSlice: Slice = {
  resolvers: [MessageSearchResolver],
  migrations: [lists, search],
  definerFunctions: ['message_search', 'contact_search'],
  rules: {
    Query: each(can('conversation:read'), 'messageSearch', 'unreadConversations'),
    UnreadConversations: each(inherited, 'count', 'more'),
    MessageMatch: each(inherited, 'message', 'excerpt'),
    MessageExcerptPart: each(inherited, 'text', 'matched'),
    MessageMatchConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    MessageMatchEdge: each(inherited, 'node', 'cursor'),
  },
};
