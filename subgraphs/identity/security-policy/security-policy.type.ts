// What a tenant demands, as its people see it.
import { Field, Int, ObjectType } from 'type-graphql';
import { UserError } from '../../kernel/graphql/user-errors.js';

@ObjectType('SecurityPolicy', { description: 'What the tenant demands of the sign-ins of its people.' })
export class SecurityPolicyType {
  @Field(() => Boolean, { description: 'Everybody in the tenant needs a second factor.' })
  mfaRequired!: boolean;

  @Field(() => Int, { description: 'Minutes without use after which a session ends. A use is noted once a minute.' })
  sessionIdleMinutes!: number;

  @Field(() => Int, { description: 'Minutes after sign-in at which a session ends however it is used.' })
  sessionAbsoluteMinutes!: number;
}

@ObjectType({ description: 'The outcome of `securityPolicyUpdate`.' })
export class SecurityPolicyUpdatePayload {
  @Field(() => SecurityPolicyType, { nullable: true, description: 'The policy as it holds from the next request on; null when it was refused.' })
  securityPolicy!: SecurityPolicyType | null;

  @Field(() => [UserError], { description: 'Expected reasons for failure: `InputInvalid`.' })
  userErrors!: UserError[];
}
