// What a tenant may demand.
import { IsOptional, Max, Min } from 'class-validator';
import { Field, InputType, Int } from 'type-graphql';

const IDLE = 'An idle limit is 5 to 43,200 minutes.';
const ABSOLUTE = 'An absolute limit is 5 to 129,600 minutes.';

@InputType({ description: 'What to change of the security policy. What is absent or null stays as it is.' })
export class SecurityPolicyUpdateInput {
  @Field(() => Boolean, { nullable: true, description: 'Whether everybody in the tenant needs a second factor.' })
  mfaRequired?: boolean | null;

  @IsOptional()
  @Min(5, { message: IDLE })
  @Max(43_200, { message: IDLE })
  @Field(() => Int, { nullable: true, description: 'Minutes without use after which a session ends, 5 to 43,200 (30 days).' })
  sessionIdleMinutes?: number | null;

  @IsOptional()
  @Min(5, { message: ABSOLUTE })
  @Max(129_600, { message: ABSOLUTE })
  @Field(() => Int, {
    nullable: true, description: 'Minutes after sign-in at which a session ends however it is used: the idle limit to 129,600 (90 days).',
  })
  sessionAbsoluteMinutes?: number | null;
}
