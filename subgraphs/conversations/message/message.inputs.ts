// Arguments of message operations.
import { ArgsType, Field, ID, InputType } from 'type-graphql';

@InputType({ description: 'Input of `messageSend`.' })
export class MessageSendInput {
  @Field(() => ID, { description: 'The conversation to reply in.' })
  conversationId!: string;

  @Field(() => String, { description: 'The text: at most 4,096 characters on WhatsApp, 2,000 on Messenger, 1,000 bytes of UTF-8 on Instagram.' })
  text!: string;

  @Field(() => String, {
    description: 'Chosen by the client, 1 to 200 printable ASCII characters. The same key with the same input is the same message, however often it is sent.',
  })
  idempotencyKey!: string;
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
