// Outcomes of what bots do, and of what is done with them.
import { Field, ObjectType } from 'type-graphql';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { MessageType } from '../message/message.type.js';

@ObjectType({ implements: UserError, description: 'The conversation is not this bot\'s, or no longer: a person answers, or it was never given to it.' })
export class PersonTookOver extends UserError {}

@ObjectType({ implements: UserError, description: 'No bot that is switched on serves the inbox of the conversation (`botAssign`, `botEnable`). One that was just switched on is known within a few seconds.' })
export class BotUnavailable extends UserError {}

@ObjectType({ description: 'Result of `botMessageSend`.' })
export class BotMessageSendPayload {
  @Field(() => MessageType, { nullable: true, description: 'The message, queued; null when it was refused. If a person takes over before it is handed to the channel, it becomes FAILED with `PERSON_TOOK_OVER`.' })
  message!: object | null;

  @Field(() => [UserError], { description: 'Why it was not sent; empty when it was.' })
  userErrors!: UserError[];
}
