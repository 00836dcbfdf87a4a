// Inputs of unlocking.
import { Field, ID, InputType } from 'type-graphql';

@InputType({ description: 'Whom to unlock.' })
export class AccountUnlockInput {
  @Field(() => ID, { description: 'The person, `user_…`, of this tenant.' })
  userId!: string;
}
