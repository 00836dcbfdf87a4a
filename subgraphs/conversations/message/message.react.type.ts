// The GraphQL face of reacting to a message.
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { each, inherited, type RuleMap } from '../../kernel/graphql/rules.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { MessageType } from './message.type.js';

@InputType({ description: 'Input of `messageReact`.' })
export class MessageReactInput {
  @Field(() => ID, { description: 'The message to react to: of either side, and known to its channel.' })
  messageId!: string;

  @Field(() => String, { nullable: true, description: 'One emoji, which takes the place of the one before; on Instagram ❤️ only. Null takes it off.' })
  emoji?: string | null;
}

@ObjectType({ implements: UserError, description: 'There is no such message in your tenant.' })
export class MessageNotFound extends UserError {}

@ObjectType({ description: 'Result of `messageReact`.' })
export class MessageReactPayload {
  @Field(() => MessageType, { nullable: true, description: 'The message; its `reactions` show the new one when the channel has taken it. Null when it was refused.' })
  message!: object | null;

  @Field(() => [UserError], { description: 'Why it was refused; empty when it was queued, or stands already.' })
  userErrors!: UserError[];
}

const USER_ERROR = ['message', 'code', 'field'];
export const reactRules: RuleMap = { MessageReactPayload: each(inherited, 'message', 'userErrors'), MessageNotFound: each(inherited, ...USER_ERROR) };
