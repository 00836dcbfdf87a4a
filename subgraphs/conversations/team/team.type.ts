// The GraphQL face of teams.
import { Field, ID, ObjectType, type ClassType } from 'type-graphql';
import { connectionOf } from '../../kernel/graphql/connections.js';
import { DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';

@ObjectType('Team', { description: 'Colleagues who share conversations, e.g. `Billing`.' })
export class TeamType {
  @Field(() => ID, { description: 'Global id, `team_…`.' })
  id!: string;

  @Field(() => String, { description: 'Unique in the tenant, whatever the case.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What it is for; null when nobody said.' })
  description!: string | null;

  @Field(() => DateTime, { description: 'When it was made, UTC.' })
  createdAt!: Date;
}

export const { Connection: TeamConnection } = connectionOf('Team', () => TeamType);

@ObjectType({ implements: UserError, description: 'There is no such team in your tenant.' })
export class TeamNotFound extends UserError {}

@ObjectType({ implements: UserError, description: 'Another team has this name.' })
export class TeamNameTaken extends UserError {}

@ObjectType({ implements: UserError, description: 'There are as many as there may be: teams of a tenant 200, members of a team 200.' })
export class TeamLimitReached extends UserError {}

function payloadOf(mutation: string, team: string): ClassType<object> {
  @ObjectType(`${mutation[0]?.toUpperCase() ?? ''}${mutation.slice(1)}Payload`, { description: `Result of \`${mutation}\`.` })
  class Payload {
    @Field(() => TeamType, { nullable: true, description: `${team}; null when it was refused.` })
    team!: object | null;

    @Field(() => [UserError], { description: 'Why nothing happened; empty when it did.' })
    userErrors!: UserError[];
  }
  return Payload;
}

export const TeamCreatePayload = payloadOf('teamCreate', 'The new team');
export const TeamUpdatePayload = payloadOf('teamUpdate', 'The team as it is now');
export const TeamMembersSetPayload = payloadOf('teamMembersSet', 'The team with its members');

@ObjectType({ description: 'Result of `teamDelete`.' })
export class TeamDeletePayload {
  @Field(() => ID, { nullable: true, description: 'The team that is gone; null when it was refused.' })
  teamId!: string | null;

  @Field(() => [UserError], { description: 'Why it was not deleted; empty when it was.' })
  userErrors!: UserError[];
}
