// An amount as clients give it.
import { Field, InputType } from 'type-graphql';
import { BigIntScalar } from '../../kernel/graphql/scalars.js';

@InputType({ description: 'An amount in one currency.' })
export class MoneyInput {
  @Field(() => BigIntScalar, { description: 'In the minor unit of the currency, at most 2^53 - 1: 1234 is 12.34 in EUR, 1,234 in JPY, 1.234 in KWD.' })
  minor!: bigint;

  @Field(() => String, { description: 'ISO 4217 code, e.g. `EUR`.' })
  currency!: string;
}
