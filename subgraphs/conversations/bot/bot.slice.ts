// Bots in conversations, as what they add to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { WORK } from '../conversation/conversation.work.slice.js';
import { bot } from '../migrations/20261201-33-bot.js';
import { ConversationBotResolver } from './bot.resolver.js';
import { BotUnavailable, PersonTookOver } from './bot.type.js';

const ACT = 'bot:act';
const userError = each(inherited, 'message', 'code', 'field');
const payload = each(inherited, 'conversation', 'userErrors');

export const botSlice: Slice = {
  resolvers: [ConversationBotResolver],
  orphanedTypes: [BotUnavailable, PersonTookOver],
  migrations: [bot],
  permissions: { [ACT]: 'Write to customers as a bot of the tenant: for the API key of the program behind it.' },
  rules: {
    Mutation: { ...each(can(WORK), 'conversationHandOff', 'conversationHandToBot'), botMessageSend: can(ACT) },
    Conversation: { bot: inherited },
    ConversationHandOffPayload: payload,
    ConversationHandToBotPayload: payload,
    BotMessageSendPayload: each(inherited, 'message', 'userErrors'),
    BotUnavailable: userError,
    PersonTookOver: userError,
  },
  mutations: {
    conversationHandOff: { action: 'conversation.hand_off', type: 'DATA_WRITE', resource: 'Conversation' },
    conversationHandToBot: { action: 'conversation.hand_to_bot', type: 'DATA_WRITE', resource: 'Conversation' },
    botMessageSend: { action: 'message.send_as_bot', type: 'DATA_WRITE', resource: 'Message' },
  },
  classes: { Conversation: { bot: 'plain' } },
};
