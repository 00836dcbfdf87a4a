// How an inbox is to give its conversations out.
import { Field, ID, InputType, Int } from 'type-graphql';
import { AssignmentMode, AssignmentPick } from './assignment.type.js';

export const MOST_AGENTS = 200;
export const MOST_EXCLUDED = 30;
export const FAIR = { limit: 100, seconds: 3_600 } as const;

@InputType({ description: 'Somebody who is to take turns in an inbox.' })
export class InboxAgentInput {
  @Field(() => ID, { description: 'The person. They work in your tenant and are not suspended.' })
  userId!: string;

  @Field(() => Int, { nullable: true, description: 'How many open conversations of the inbox they are given at the most, 1 to 1,000. Absent: as many as the inbox says.' })
  capacity?: number | null;
}

@InputType({ description: 'Input of `inboxAssignmentSet`: all of it, what is absent is as described.' })
export class InboxAssignmentSetInput {
  @Field(() => ID, { description: 'The inbox.' })
  inboxId!: string;

  @Field(() => AssignmentMode, { description: 'Whether and how conversations are given out.' })
  mode!: AssignmentMode;

  @Field(() => AssignmentPick, { nullable: true, description: 'Which first; EARLIEST_CREATED when absent.' })
  pick?: AssignmentPick | null;

  @Field(() => Int, { nullable: true, description: 'How many open conversations of the inbox one person is given at the most, 1 to 1,000; needed for BALANCED. Absent: no limit.' })
  capacity?: number | null;

  @Field(() => Int, { nullable: true, description: `How many one person is given within \`fairSeconds\` at the most, 1 to 1,000; ${FAIR.limit} when absent.` })
  fairLimit?: number | null;

  @Field(() => Int, { nullable: true, description: `The span of \`fairLimit\` in seconds, 60 to 86,400; ${FAIR.seconds} when absent.` })
  fairSeconds?: number | null;

  @Field(() => [ID], { nullable: true, description: `Conversations that bear one of these labels, at most ${MOST_EXCLUDED}, are neither given out nor counted. Absent: none.` })
  excludedLabelIds?: string[] | null;

  @Field(() => Int, { nullable: true, description: 'Those that began longer ago than this many hours, 1 to 8,784, are neither given out nor counted. Absent: all are.' })
  excludeOlderThanHours?: number | null;

  @Field(() => [InboxAgentInput], { nullable: true, description: `Who takes turns, at most ${MOST_AGENTS}; who does already keeps their turn. Absent: nobody.` })
  agents?: InboxAgentInput[] | null;
}
