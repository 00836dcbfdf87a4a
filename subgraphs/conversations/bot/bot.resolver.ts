// Bots in conversations: what they write, and who has which.
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { inputId, type OperationContext } from '../../kernel/graphql/context.js';
import { CONVERSATION } from '../conversation/conversation.change.js';
import { conversationById, type ConversationRow } from '../conversation/conversation.loaders.js';
import { ConversationType } from '../conversation/conversation.type.js';
import { ConversationHandOffPayload, ConversationHandToBotPayload } from '../conversation/conversation.work.type.js';
import { messageById } from '../message/message.loaders.js';
import { Bot } from '../message/message.type.js';
import { handOff, handToBot } from './bot.hand.js';
import { BotMessageSendInput, ConversationHandOffInput, ConversationHandToBotInput } from './bot.inputs.js';
import { sendAsBot } from './bot.send.js';
import { BotMessageSendPayload } from './bot.type.js';

const conversationOf = ({ conversationId }: { conversationId: string }): string => inputId('conv', conversationId, CONVERSATION);
const answered = async (context: OperationContext, id: string) => ({ conversation: await context.load(conversationById, id), userErrors: [] });

@Resolver(() => ConversationType)
export class ConversationBotResolver {
  @FieldResolver(() => Bot, { nullable: true, description: 'The bot in charge, while it is PENDING; null when no bot is. Then there is no `assignee`.' })
  bot(@Root() { botId }: ConversationRow) {
    return botId === null ? null : { id: botId };
  }

  @Mutation(() => ConversationHandOffPayload, {
    nullable: true, description: 'Gives a conversation from its bot to people: it is OPEN, and given to one of them where its inbox does that. What the bot had queued is not sent. Repeating it changes nothing.',
  })
  async conversationHandOff(@Arg('input', () => ConversationHandOffInput, { description: 'Which conversation.' }) input: ConversationHandOffInput, @Ctx() context: OperationContext) {
    const id = conversationOf(input);
    await handOff(context, id);
    return answered(context, id);
  }

  @Mutation(() => ConversationHandToBotPayload, {
    nullable: true, description: 'Gives a conversation to the bot that serves its inbox: it is PENDING, and nobody is in charge. Repeating it changes nothing.',
  })
  async conversationHandToBot(@Arg('input', () => ConversationHandToBotInput, { description: 'Which conversation.' }) input: ConversationHandToBotInput, @Ctx() context: OperationContext) {
    const id = conversationOf(input);
    await handToBot(context, id);
    return answered(context, id);
  }

  @Mutation(() => BotMessageSendPayload, {
    nullable: true,
    description: 'Writes to the customer of a conversation as the bot that is in charge of it; for API keys of the program behind the bot. Refused with `PersonTookOver` once a person has answered, and as `messageSend` is. '
      + 'Safe to repeat with the same idempotency key.',
  })
  async botMessageSend(@Arg('input', () => BotMessageSendInput, { description: 'What to write, and where.' }) input: BotMessageSendInput, @Ctx() context: OperationContext) {
    const id = await sendAsBot(context, { ...input, botId: inputId('bot', input.botId, ['input', 'botId']), conversationId: conversationOf(input) });
    return { message: await context.load(messageById, id), userErrors: [] };
  }
}
