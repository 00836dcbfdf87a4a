// What staff do with a conversation, as what it adds to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { ConversationUpdatedEvent } from '../message/message.type.js';
import { work } from '../migrations/20261130-41-work.js';
import { lifeCycle } from '../migrations/20261130-42-life-cycle.js';
import { ConversationUpdatedResolver, ConversationWorkResolver } from './conversation.work.resolver.js';
import { AnotherConversationOpen, ColleagueNotFound, ConversationChanged, ConversationStateWrong } from './conversation.work.type.js';

export const WORK = 'conversation:update';
const userError = each(inherited, 'message', 'code', 'field');
const payload = each(inherited, 'conversation', 'userErrors');
const write = { type: 'DATA_WRITE', resource: 'Conversation' } as const;

export const conversationWorkSlice: Slice = {
  resolvers: [ConversationWorkResolver, ConversationUpdatedResolver],
  orphanedTypes: [AnotherConversationOpen, ColleagueNotFound, ConversationChanged, ConversationStateWrong, ConversationUpdatedEvent],
  migrations: [work, lifeCycle],
  permissions: { [WORK]: 'Work on conversations: open, resolve, snooze, assign, prioritize and label them, and write notes.' },
  rules: {
    Mutation: {
      ...each(can(WORK), 'conversationOpen', 'conversationResolve', 'conversationSnooze', 'conversationAssign', 'conversationUnassign', 'conversationPrioritySet'),
      conversationMarkUnread: can('conversation:read'),
    },
    Conversation: each(inherited, 'priority', 'snoozedUntil', 'firstReplyAt', 'resolvedAt'),
    ConversationUpdated: each(inherited, 'cursor', 'conversation'),
    ConversationOpenPayload: payload,
    ConversationResolvePayload: payload,
    ConversationSnoozePayload: payload,
    ConversationAssignPayload: payload,
    ConversationUnassignPayload: payload,
    ConversationPrioritySetPayload: payload,
    ConversationMarkUnreadPayload: payload,
    AnotherConversationOpen: userError,
    ColleagueNotFound: userError,
    ConversationChanged: userError,
    ConversationStateWrong: userError,
  },
  mutations: {
    conversationOpen: { action: 'conversation.reopen', ...write },
    conversationResolve: { action: 'conversation.resolve', ...write },
    conversationSnooze: { action: 'conversation.snooze', ...write },
    conversationAssign: { action: 'conversation.assign', ...write },
    conversationUnassign: { action: 'conversation.unassign', ...write },
    conversationPrioritySet: { action: 'conversation.prioritize', ...write },
    conversationMarkUnread: { action: 'conversation.mark_unread', ...write },
  },
  classes: { Conversation: { until: 'plain', priority: 'plain' } },
};
