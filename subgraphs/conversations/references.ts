// How conversations answers for its entities when another subgraph or `node(id)` names one.
import { can } from '../kernel/graphql/rules.js';
import type { Reference } from '../kernel/graphql/subgraph.js';
import { contactById, conversationById, inboxById } from './conversation/conversation.loaders.js';
import { messageById } from './message/message.loaders.js';

const rule = can('conversation:read');

export const references: Record<string, Reference> = {
  Inbox: { rule, resolve: (context, id) => context.load(inboxById, id) },
  Contact: { rule, resolve: (context, id) => context.load(contactById, id) },
  Conversation: { rule, resolve: (context, id) => context.load(conversationById, id) },
  Message: { rule, resolve: (context, id) => context.load(messageById, id) },
};
