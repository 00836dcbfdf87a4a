// What can be asked of the log.
import { ArgsType, Field, ID, InputType } from 'type-graphql';
import { BigIntScalar } from '../../kernel/graphql/scalars.js';

@ArgsType()
export class AuditProofArgs {
  @Field(() => ID, { description: 'Global id of the event, `aud_…`.' })
  eventId!: string;
}

@ArgsType()
export class AuditConsistencyArgs {
  @Field(() => BigIntScalar, { description: 'The smaller size: that of a checkpoint you kept. At least 1.' })
  from!: bigint;

  @Field(() => BigIntScalar, { description: 'The larger size: not less than `from`, and at most the number of entries.' })
  to!: bigint;
}

@ArgsType()
export class AuditVerificationArgs {
  @Field(() => ID, { description: 'Global id of the run, `avf_…`.' })
  id!: string;
}

@InputType({ description: 'What to verify the log against.' })
export class AuditVerificationRequestInput {
  @Field(() => String, { nullable: true, description: 'A signed checkpoint that you kept elsewhere: the log must continue it too. At most 4000 characters.' })
  checkpoint?: string | null;
}
