// Arguments of conversation operations.
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { MessageParts } from '../message/message.parts.inputs.js';
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

@InputType({ description: 'Input of `conversationStart`: a text, or one of the other parts.' })
export class ConversationStartInput extends MessageParts {
  @Field(() => ID, { description: 'Whom to write to.' })
  contactId!: string;

  @Field(() => ID, { description: 'The inbox to write from. It must know the contact: they have written to it, or were added to it.' })
  inboxId!: string;
}
