// Permissions of conversations, and one rule for every field.
import { quotaErrorRules } from '../kernel/graphql/quota.errors.js';
import { retentionCountRules } from '../kernel/graphql/retention-count.js';
import { attachmentRules } from './attachment/attachment.rules.js';
import { can, each, inherited, type RuleMap } from '../kernel/graphql/rules.js';
import { consentRules } from './contact/contact.consent.type.js';
import { choicesRules } from './message/message.choices.type.js';
import { hindranceRules } from './message/message.hindrance.type.js';
import { reactRules } from './message/message.react.type.js';
import { templateRules } from './template/template.type.js';

export const permissions = {
  'conversation:read': 'See inboxes, contacts, conversations and messages, and follow them live.',
  'conversation:create': 'Write to customers.',
};

const page = each(inherited, 'nodes', 'edges', 'pageInfo');
const edge = each(inherited, 'node', 'cursor');
const userError = each(inherited, 'message', 'code', 'field');

export const rules: RuleMap = {
  Query: { ...each(can('conversation:read'), 'conversations', 'conversation', 'inboxes'), messageTemplates: can('conversation:read'), retentionPreview: can('settings:read') },
  Mutation: { ...each(can('conversation:create'), 'messageSend', 'conversationStart'), conversationMarkRead: can('conversation:read'),
    messageTemplatesSync: can('conversation:create'), contactConsentSet: can('conversation:create'), messageReact: can('conversation:create'),
    attachmentUpload: can('conversation:create') },
  Subscription: { messageFeed: can('conversation:read') },
  Inbox: each(inherited, 'id', 'nodeKey', 'name', 'channel'),
  Contact: each(inherited, 'id', 'nodeKey', 'name',
    'consents'),
  Conversation: each(inherited, 'id', 'nodeKey', 'displayNumber', 'status', 'lastActivityAt', 'waitingSince', 'createdAt', 'contact', 'inbox', 'assignee',
    'windowClosesAt', 'unreadCount', 'overQuota', 'lastMessage', 'messages'),
  Message: each(inherited, 'id', 'nodeKey', 'seq', 'direction', 'type', 'text', 'status', 'errorCode', 'errorTitle', 'createdAt', 'author', 'conversation',
    'content', 'replyTo', 'forwarded', 'referral', 'reactions', 'editedAt', 'deletedAt'),
  MediaContent: each(inherited, 'media', 'voice'),
  ...attachmentRules,
  LocationContent: each(inherited, 'latitude', 'longitude', 'name', 'address'),
  ContactsContent: each(inherited, 'contacts'),
  SharedContact: each(inherited, 'name', 'organization', 'phones', 'emails'),
  ChoiceContent: each(inherited, 'choiceId', 'description', 'answers'),
  FormAnswer: each(inherited, 'name', 'value'),
  OrderContent: each(inherited, 'catalogId', 'products'),
  OrderedProduct: each(inherited, 'productId', 'quantity', 'priceMinor', 'currency'),
  ShareContent: each(inherited, 'shared', 'url', 'title'),
  SystemContent: each(inherited, 'event', 'phone'),
  ...choicesRules,
  ...hindranceRules,
  ...templateRules,
  ...consentRules,
  ...reactRules,
  MessageReferral: each(inherited, 'source', 'sourceId', 'url', 'headline', 'body'),
  MessageReaction: each(inherited, 'emoji', 'fromCustomer', 'reactedAt'),
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
  ConversationStartPayload: each(inherited, 'conversation', 'message', 'userErrors'),
  ConversationMarkReadPayload: each(inherited, 'conversation', 'userErrors'),
  ...quotaErrorRules,
  ...retentionCountRules,
  InputInvalid: userError,
  IdempotencyMismatch: userError,
  ConversationNotFound: userError,
  ContactNotFound: userError,
  ContactUnreachable: userError,
  InboxNotFound: userError,
};

