// Arguments of message operations.
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { MessageParts } from './message.parts.inputs.js';

@InputType({ description: 'Input of `messageSend`: a text, or one of the other parts.' })
export class MessageSendInput extends MessageParts {
  @Field(() => ID, { description: 'The conversation to reply in.' })
  conversationId!: string;
}

@ArgsType()
export class MessageFeedArgs {
  @Field(() => ID, { nullable: true, description: 'The messages of this conversation. Give exactly one of conversationId and inboxId.' })
  conversationId?: string | null;

  @Field(() => ID, { nullable: true, description: 'The messages of every conversation of this inbox.' })
  inboxId?: string | null;

  @Field(() => String, { nullable: true, description: 'Go on after this cursor; from now on when absent.' })
  after?: string | null;
}
