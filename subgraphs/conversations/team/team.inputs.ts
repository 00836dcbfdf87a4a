// Arguments of team operations.
import { Field, ID, InputType } from 'type-graphql';

export const MOST_MEMBERS = 200;
const NAME = 'At most 100 characters, none of them a control character; no other team has it, whatever the case.';
const DESCRIPTION = 'What it is for, at most 200 characters.';
const MEMBERS = `Who is in it from now on, at most ${MOST_MEMBERS}. They work in your tenant and are not suspended.`;

@InputType({ description: 'Input of `teamCreate`.' })
export class TeamCreateInput {
  @Field(() => String, { description: NAME })
  name!: string;

  @Field(() => String, { nullable: true, description: DESCRIPTION })
  description?: string | null;

  @Field(() => [ID], { nullable: true, description: `${MEMBERS} Absent: nobody yet.` })
  memberIds?: string[] | null;
}

@InputType({ description: 'Input of `teamUpdate`. What is absent stays.' })
export class TeamUpdateInput {
  @Field(() => ID, { description: 'The team to change.' })
  teamId!: string;

  @Field(() => String, { nullable: true, description: NAME })
  name?: string | null;

  @Field(() => String, { nullable: true, description: `${DESCRIPTION} Null takes it away.` })
  description?: string | null;
}

@InputType({ description: 'Input of `teamMembersSet`.' })
export class TeamMembersSetInput {
  @Field(() => ID, { description: 'The team.' })
  teamId!: string;

  @Field(() => [ID], { description: `${MEMBERS} Whoever is in it and not named leaves it; what they are in charge of stays theirs.` })
  memberIds!: string[];
}

@InputType({ description: 'Input of `teamDelete`.' })
export class TeamDeleteInput {
  @Field(() => ID, { description: 'The team to delete: its conversations belong to no team any more.' })
  teamId!: string;
}

@InputType({ description: 'Input of `conversationAssignTeam`.' })
export class ConversationAssignTeamInput {
  @Field(() => ID, { description: 'The conversation.' })
  conversationId!: string;

  @Field(() => ID, { nullable: true, description: 'The team it belongs to from now on; null: none. Whoever is in charge and not in that team is in charge no longer.' })
  teamId?: string | null;
}
