// Arguments of conversation operations.
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import { MessageParts } from '../message/message.parts.inputs.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { ConversationSort, ConversationStatus } from './conversation.type.js';
import { ConversationPriority } from './conversation.work.type.js';

@InputType({ description: 'Which conversations to list: all given conditions must hold, absent ones do not filter.' })
export class ConversationFilter {
  @Field(() => ConversationStatus, { nullable: true, description: 'Only this status.' })
  status?: ConversationStatus | null;

  @Field(() => [ConversationStatus], { nullable: true, description: 'One of these statuses, 1 to 20; not beside `status`.' })
  statuses?: ConversationStatus[] | null;

  @Field(() => ID, { nullable: true, description: 'Only this inbox.' })
  inboxId?: string | null;

  @Field(() => [ID], { nullable: true, description: 'One of these inboxes, 1 to 20; not beside `inboxId`.' })
  inboxIds?: string[] | null;

  @Field(() => ID, { nullable: true, description: 'Only those assigned to this person.' })
  assigneeId?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'True: nobody is in charge; false: somebody is. Not beside `assigneeId`.' })
  unassigned?: boolean | null;

  @Field(() => [ID], { nullable: true, description: 'Belongs to one of these teams, 1 to 20.' })
  teamIds?: string[] | null;

  @Field(() => [ConversationPriority], { nullable: true, description: 'One of these priorities, 1 to 20.' })
  priorities?: ConversationPriority[] | null;

  @Field(() => [ID], { nullable: true, description: 'Bears at least one of these labels, 1 to 20.' })
  labelsAnyOf?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Bears each of these labels, 1 to 20.' })
  labelsAllOf?: string[] | null;

  @Field(() => Boolean, { nullable: true, description: 'True: holds messages of the customer that you have not read; false: holds none.' })
  unread?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'True: the customer waits for a reply; false: does not.' })
  waiting?: boolean | null;

  @Field(() => DateTime, { nullable: true, description: 'Last message at this instant or later.' })
  lastActivityFrom?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Last message before this instant; after `lastActivityFrom`.' })
  lastActivityTo?: Date | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Found by these words, whatever their case and accents, all in one message or all in the contact: their name, number or address. A phrase stands between quotation marks, e.g. '
      + '`"order number"`; the last word may be the beginning of one, from three letters on; a number may lack its beginning. At most 200 characters, with a word. '
      + 'Conversations whose contact is found come first, latest activity first; then those with a message that is found, the newest such message first. Not beside `sort`.',
  })
  search?: string | null;
}

@ArgsType()
export class ConversationsArgs extends PageArgs {
  @Field(() => ConversationFilter, { nullable: true, description: 'Which conversations to list.' })
  filter?: ConversationFilter | null;

  @Field(() => ConversationSort, { nullable: true, description: 'In which order; LAST_ACTIVITY when absent.' })
  sort?: ConversationSort | null;
}

@ArgsType()
export class UnreadConversationsArgs {
  @Field(() => [ConversationStatus], { nullable: true, description: 'Those of one of these statuses, 1 to 20; of any when absent.' })
  statuses?: ConversationStatus[] | null;

  @Field(() => Boolean, { nullable: true, description: 'True: only those that you are in charge of.' })
  mine?: boolean | null;
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
