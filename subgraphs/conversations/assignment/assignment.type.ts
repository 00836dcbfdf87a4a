// How an inbox gives its conversations out, as the graph shows it.
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { UserReference } from '../conversation/conversation.type.js';
import { InboxType } from '../inbox/inbox.type.js';

export enum AssignmentMode { OFF = 'OFF', ROUND_ROBIN = 'ROUND_ROBIN', BALANCED = 'BALANCED' }
registerEnumType(AssignmentMode, {
  name: 'AssignmentMode', description: 'Whether and how the open conversations of an inbox of which nobody is in charge are given to people.', valuesConfig: {
    OFF: { description: 'Nobody is given any; people take them.' },
    ROUND_ROBIN: { description: 'By turns, to whoever is there.' },
    BALANCED: { description: 'To whoever is there and has the fewest of their capacity; by turns among equals.' },
  },
});

export enum AssignmentPick { EARLIEST_CREATED = 'EARLIEST_CREATED', LONGEST_WAITING = 'LONGEST_WAITING' }
registerEnumType(AssignmentPick, {
  name: 'AssignmentPick', description: 'Which conversation is given out first.', valuesConfig: {
    EARLIEST_CREATED: { description: 'The one that began first.' },
    LONGEST_WAITING: { description: 'The one whose customer waits longest; those in which nobody waits come last.' },
  },
});

@ObjectType({ description: 'Somebody who takes turns in an inbox.' })
export class InboxAgent {
  @Field(() => UserReference, { description: 'The person.' })
  user!: object;

  @Field(() => Int, { nullable: true, description: 'How many open conversations of the inbox they are given at the most; null: as many as the inbox says.' })
  capacity!: number | null;
}

@ObjectType('InboxAssignment', { description: 'How an inbox gives its conversations out. They go to people who are `ONLINE` (`presenceUpdate`), and of a team to its members alone.' })
export class InboxAssignmentType {
  @Field(() => AssignmentMode, { description: 'Whether and how.' })
  mode!: AssignmentMode;

  @Field(() => AssignmentPick, { description: 'Which first.' })
  pick!: AssignmentPick;

  @Field(() => Int, { nullable: true, description: 'How many open conversations of the inbox one person is given at the most; null: no limit.' })
  capacity!: number | null;

  @Field(() => Int, { description: 'How many one person is given within `fairSeconds` at the most.' })
  fairLimit!: number;

  @Field(() => Int, { description: 'The span of `fairLimit`, in seconds.' })
  fairSeconds!: number;

  @Field(() => Int, { nullable: true, description: 'Those that began longer ago than this many hours are neither given out nor counted; null: all are.' })
  excludeOlderThanHours!: number | null;

  @Field(() => [InboxAgent], { description: 'Who takes turns: at most 200.' })
  agents!: InboxAgent[];
}

@ObjectType({ description: 'Result of `inboxAssignmentSet`.' })
export class InboxAssignmentSetPayload {
  @Field(() => InboxType, { nullable: true, description: 'The inbox, as it gives conversations out from now on; null when it was refused.' })
  inbox!: object | null;

  @Field(() => [UserError], { description: 'Why nothing happened; empty when it did.' })
  userErrors!: UserError[];
}
