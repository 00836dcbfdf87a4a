// Money as the graph shows it; a value of its parent, never stored by itself.
import { Directive, Field, ObjectType } from 'type-graphql';
import { BigIntScalar } from '../../kernel/graphql/scalars.js';

@ObjectType('Money', { description: 'An amount in one currency.' })
@Directive('@shareable')
export class MoneyType {
  @Field(() => BigIntScalar, {
    description: 'Amount in the minor unit of the currency, e.g. cents: 1234 is 12.34 in EUR and 1,234 in JPY.',
  })
  minor!: bigint;

  @Field(() => String, { description: 'ISO 4217 code, e.g. `EUR`.' })
  currency!: string;
}

/** @param minor as stored, decimal text of a whole number */
export const moneyOf = (minor: string, currency: string): MoneyType => ({ minor: BigInt(minor), currency });
