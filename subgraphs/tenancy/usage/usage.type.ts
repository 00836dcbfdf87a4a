// What a tenant used in a month, and what that cost.
import { Field, ObjectType } from 'type-graphql';
import { BigIntScalar } from '../../kernel/graphql/scalars.js';
import { PlanPeriod } from '../plan/plan.type.js';

@ObjectType({ description: 'How much of something a tenant uses.' })
export class UsageMeasure {
  @Field(() => String, { description: '`USERS`, `BOTS`, `API_KEYS` and `STORAGE_BYTES` as there are now; of the month `CONVERSATIONS`, `API_CALLS`, `MESSAGES_IN` (of customers), `MESSAGES_OUT` and `JOBS`: pieces of background work, each once however often it was tried (deliveries of providers, messages handed over, exports and verifications of the audit log).' })
  name!: string;

  @Field(() => BigIntScalar, { description: 'How much, as of a few seconds ago; within what is granted.' })
  used!: number;

  @Field(() => BigIntScalar, { description: 'How much beyond what is granted.' })
  over!: number;

  @Field(() => BigIntScalar, { nullable: true, description: 'What that costs besides the price of the plan, in the minor unit of `currency`: charged with the next month. Null: the plan does not meter it.' })
  costMinor!: bigint | null;
}

@ObjectType({ description: 'What a tenant uses, and what it was charged.' })
export class TenantUsage {
  @Field(() => PlanPeriod, { description: 'The current month.' })
  period!: PlanPeriod;

  @Field(() => BigIntScalar, { description: 'The sum of the invoices for this month, in the minor unit of `currency`.' })
  costMinor!: bigint;

  @Field(() => String, { description: 'ISO 4217 code of `costMinor`.' })
  currency!: string;

  @Field(() => [UsageMeasure], { description: 'All that is counted and was used, by name.' })
  measures!: UsageMeasure[];
}
