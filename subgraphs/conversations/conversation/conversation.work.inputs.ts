// Arguments of what staff do with a conversation.
import { Field, ID, InputType, Int } from 'type-graphql';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { ConversationPriority } from './conversation.work.type.js';

const SEEN = '`seq` of the newest message you have seen: if there is a newer one, nothing happens (`ConversationChanged`), so that nobody who has just written is put away unread. Absent: whatever there is.';
const EXPECTED = 'Who you saw in charge, null for nobody: if it is somebody else meanwhile, nothing happens (`ConversationChanged`). Absent: whoever it is.';

@InputType({ description: 'Input of `conversationOpen`.' })
export class ConversationOpenInput {
  @Field(() => ID, { description: 'The conversation to open.' })
  conversationId!: string;
}

@InputType({ description: 'Input of `conversationResolve`.' })
export class ConversationResolveInput {
  @Field(() => ID, { description: 'The conversation that is done.' })
  conversationId!: string;

  @Field(() => Int, { nullable: true, description: SEEN })
  seenSeq?: number | null;
}

@InputType({ description: 'Input of `conversationSnooze`.' })
export class ConversationSnoozeInput {
  @Field(() => ID, { description: 'The conversation to put aside.' })
  conversationId!: string;

  @Field(() => DateTime, { nullable: true, description: 'When it opens by itself, UTC: in the future, at most 366 days from now. Absent: when the customer writes.' })
  until?: Date | null;

  @Field(() => Int, { nullable: true, description: SEEN })
  seenSeq?: number | null;
}

@InputType({ description: 'Input of `conversationAssign`.' })
export class ConversationAssignInput {
  @Field(() => ID, { description: 'The conversation.' })
  conversationId!: string;

  @Field(() => ID, { description: 'The person who is in charge from now on. They work in your tenant and are not suspended.' })
  userId!: string;

  @Field(() => ID, { nullable: true, description: EXPECTED })
  expectedAssigneeId?: string | null;
}

@InputType({ description: 'Input of `conversationUnassign`.' })
export class ConversationUnassignInput {
  @Field(() => ID, { description: 'The conversation nobody is in charge of from now on.' })
  conversationId!: string;

  @Field(() => ID, { nullable: true, description: EXPECTED })
  expectedAssigneeId?: string | null;
}

@InputType({ description: 'Input of `conversationPrioritySet`.' })
export class ConversationPrioritySetInput {
  @Field(() => ID, { description: 'The conversation.' })
  conversationId!: string;

  @Field(() => ConversationPriority, { nullable: true, description: 'How urgent it is; null: nobody says.' })
  priority?: ConversationPriority | null;
}

@InputType({ description: 'Input of `conversationMarkUnread`.' })
export class ConversationMarkUnreadInput {
  @Field(() => ID, { description: 'The conversation you want to come back to.' })
  conversationId!: string;
}
