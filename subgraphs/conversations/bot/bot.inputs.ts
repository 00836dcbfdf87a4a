// Arguments of what bots do, and of what is done with them.
import { Field, ID, InputType } from 'type-graphql';
import { MessageParts } from '../message/message.parts.inputs.js';

@InputType({ description: 'Input of `conversationHandOff`.' })
export class ConversationHandOffInput {
  @Field(() => ID, { description: 'The conversation that is for people from now on.' })
  conversationId!: string;
}

@InputType({ description: 'Input of `conversationHandToBot`.' })
export class ConversationHandToBotInput {
  @Field(() => ID, { description: 'The conversation to give to the bot of its inbox.' })
  conversationId!: string;
}

@InputType({ description: 'Input of `botMessageSend`: a text, or one of the other parts.' })
export class BotMessageSendInput extends MessageParts {
  @Field(() => ID, { description: 'The bot that writes, `bot_…`: the conversation must be its (`Conversation.bot`).' })
  botId!: string;

  @Field(() => ID, { description: 'The conversation to reply in.' })
  conversationId!: string;
}
