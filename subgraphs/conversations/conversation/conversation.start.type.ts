// What `conversationStart` answers.
import { Field, ObjectType } from 'type-graphql';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { MessageType } from '../message/message.type.js';
import { ConversationType } from './conversation.type.js';

@ObjectType({ description: 'Result of `conversationStart`.' })
export class ConversationStartPayload {
  @Field(() => ConversationType, { nullable: true, description: 'The conversation the message is in: a new one, or the one there was; null when it was refused.' })
  conversation!: object | null;

  @Field(() => MessageType, { nullable: true, description: 'The message, queued; null when it was refused.' })
  message!: object | null;

  @Field(() => [UserError], { description: 'Why nothing was begun; empty when it was.' })
  userErrors!: UserError[];
}
