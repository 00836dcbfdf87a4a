// Permissions of conversations, and one rule for every field.
import { quotaErrorRules } from '../kernel/graphql/quota.errors.js';
import { retentionCountRules } from '../kernel/graphql/retention-count.js';
import { can, each, inherited, type RuleMap } from '../kernel/graphql/rules.js';

export const permissions = {
  'conversation:read': 'See inboxes, contacts, conversations and messages, and follow them live.',
  'conversation:create': 'Write to customers.',
};

const page = each(inherited, 'nodes', 'edges', 'pageInfo');
const edge = each(inherited, 'node', 'cursor');
const userError = each(inherited, 'message', 'code', 'field');

export const rules: RuleMap = {
  Query: { ...each(can('conversation:read'), 'conversations', 'conversation', 'inboxes'), retentionPreview: can('settings:read') },
  Mutation: { messageSend: can('conversation:create'), conversationMarkRead: can('conversation:read') },
  Subscription: { messageFeed: can('conversation:read') },
  Inbox: each(inherited, 'id', 'nodeKey', 'name', 'channel'),
  Contact: each(inherited, 'id', 'nodeKey', 'name'),
  Conversation: each(inherited, 'id', 'nodeKey', 'displayNumber', 'status', 'lastActivityAt', 'waitingSince', 'createdAt', 'contact', 'inbox', 'assignee',
    'unreadCount', 'overQuota', 'lastMessage', 'messages'),
  Message: each(inherited, 'id', 'nodeKey', 'seq', 'direction', 'type', 'text', 'status', 'errorCode', 'errorTitle', 'createdAt', 'author', 'conversation'),
  Bot: each(inherited, 'id'),
  User: each(inherited, 'id'),
  MessageAdded: each(inherited, 'cursor', 'message'),
  MessageUpdated: each(inherited, 'cursor', 'message'),
  FeedGap: each(inherited, 'cursor', 'reason'),
  ConversationConnection: page,
  ConversationEdge: edge,
  InboxConnection: page,
  InboxEdge: edge,
  MessageConnection: page,
  MessageEdge: edge,
  PageInfo: each(inherited, 'startCursor', 'endCursor', 'hasNextPage', 'hasPreviousPage'),
  MessageSendPayload: each(inherited, 'message', 'userErrors'),
  ConversationMarkReadPayload: each(inherited, 'conversation', 'userErrors'),
  ...quotaErrorRules,
  ...retentionCountRules,
  InputInvalid: userError,
  IdempotencyMismatch: userError,
  ConversationNotFound: userError,
};

