// Arguments of conversation operations.
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { ConversationStatus } from './conversation.type.js';

@InputType({ description: 'Which conversations to list; absent fields do not filter.' })
export class ConversationFilter {
  @Field(() => ConversationStatus, { nullable: true, description: 'Only this status.' })
  status?: ConversationStatus | null;

  @Field(() => ID, { nullable: true, description: 'Only this inbox.' })
  inboxId?: string | null;

  @Field(() => ID, { nullable: true, description: 'Only those assigned to this person.' })
  assigneeId?: string | null;
}

@ArgsType()
export class ConversationsArgs extends PageArgs {
  @Field(() => ConversationFilter, { nullable: true, description: 'Which conversations to list.' })
  filter?: ConversationFilter | null;
}

@InputType({ description: 'Input of `conversationMarkRead`.' })
export class ConversationMarkReadInput {
  @Field(() => ID, { description: 'The conversation that was read.' })
  conversationId!: string;
}

@InputType({ description: 'Input of `conversationStart`.' })
export class ConversationStartInput {
  @Field(() => ID, { description: 'Whom to write to.' })
  contactId!: string;

  @Field(() => ID, { description: 'The inbox to write from. It must know the contact: they have written to it, or were added to it.' })
  inboxId!: string;

  @Field(() => String, { description: 'The text: at most 4,096 characters on WhatsApp, 2,000 on Messenger, 1,000 bytes of UTF-8 on Instagram.' })
  text!: string;

  @Field(() => String, {
    description: 'Chosen by the client, 1 to 200 printable ASCII characters. The same key with the same input is the same message, however often it is sent. '
      + 'Keys of `messageSend` and `conversationStart` are of one kind: none is used for both.',
  })
  idempotencyKey!: string;
}
