// What trying too often, and unlocking, answer.
import { Field, Int, ObjectType } from 'type-graphql';
import { UserError } from '../../kernel/graphql/user-errors.js';

@ObjectType({
  implements: UserError,
  description: 'This was tried too often and was not judged this time. Accounts that do not exist answer alike.',
})
export class TooManyAttempts extends UserError {
  @Field(() => Date, { description: 'When the next attempt will be judged, unless others come first.' })
  retryAt!: Date;
}

@ObjectType({ description: 'The outcome of `accountUnlock`.' })
export class AccountUnlockPayload {
  @Field(() => Int, { nullable: true, description: 'How many counters of attempts were cleared; 0 when nothing was counted.' })
  countersCleared!: number | null;

  @Field(() => [UserError], { description: 'Expected reasons for failure: `InputInvalid` (no active person of your tenant), `UserIsYourself`, `GrantRefused`.' })
  userErrors!: UserError[];
}
