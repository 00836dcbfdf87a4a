// Arguments and inputs about people.
import { IsOptional, Matches, MaxLength } from 'class-validator';
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { PageArgs } from '../../kernel/graphql/connections.js';
import type { MembershipStatus } from '../membership/membership.entity.js';
import { UserStatus } from './user.type.js';

export const SEARCH_MAX = 254;

@InputType({ description: 'Which people to list; all given conditions must hold.' })
export class UserFilter {
  @Field(() => UserStatus, { nullable: true, description: 'Only this state. When absent: who is active or suspended, not who has left.' })
  status?: MembershipStatus | null;

  @IsOptional()
  @MaxLength(SEARCH_MAX)
  @Matches(/^[^\0]*$/)
  @Field(() => String, { nullable: true, description: `Only whose name or e-mail address begins so, in upper or lower case; at most ${SEARCH_MAX} characters.` })
  search?: string | null;
}

@ArgsType()
export class UsersArgs extends PageArgs {
  @Field(() => UserFilter, { nullable: true, description: 'Which people; everybody who has not left when absent.' })
  filter?: UserFilter | null;
}

@InputType({ description: 'Input of `userSuspend`.' })
export class UserSuspendInput {
  @Field(() => ID, { description: 'The person to suspend.' })
  userId!: string;
}

@InputType({ description: 'Input of `userReactivate`.' })
export class UserReactivateInput {
  @Field(() => ID, { description: 'The person to let in again.' })
  userId!: string;
}

@InputType({ description: 'Input of `userDelete`.' })
export class UserDeleteInput {
  @Field(() => ID, { description: 'The person to remove.' })
  userId!: string;
}
