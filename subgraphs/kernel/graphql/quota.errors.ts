// The two "no"s of limits, alike in every subgraph that enforces one.
import { Directive, Field, ObjectType } from 'type-graphql';
import { ErrorCode, Refusal } from '../base/errors.js';
import { each, inherited, type RuleMap } from './rules.js';
import { BigIntScalar, DateTime } from './scalars.js';
import { UserError } from './user-errors.js';

@ObjectType({ implements: UserError, description: 'All that may be used of something is used. Nothing was changed.' })
@Directive('@shareable')
export class QuotaExceeded extends UserError {
  @Field(() => String, { description: 'What is used up, e.g. `USERS`, `BOTS` or `CONVERSATIONS`.' })
  quota!: string;

  @Field(() => BigIntScalar, { description: 'How many there may be.' })
  limit!: bigint;

  @Field(() => BigIntScalar, { description: 'How many there are; more than `limit` after a limit was lowered, or when customers wrote beyond it.' })
  used!: bigint;

  @Field(() => DateTime, { nullable: true, description: 'When counting begins anew, UTC; null for what is not counted by the month.' })
  resetsAt!: Date | null;

  @Field(() => [String], { description: 'Names of the tiers (of `USERS`, `BOTS`) or plans (of `CONVERSATIONS`) that allow more, smallest first; empty when none does.' })
  plansThatAllow!: string[];
}

@ObjectType({ implements: UserError, description: 'The tier of the tenant does not include this. Nothing was changed.' })
@Directive('@shareable')
export class FeatureNotInTier extends UserError {
  @Field(() => String, { description: 'What is not included, e.g. `API_KEYS`.' })
  feature!: string;

  @Field(() => [String], { description: 'Names of the tiers that include it, smallest first.' })
  tiersThatAllow!: string[];
}

export const quotaErrorTypes = [QuotaExceeded, FeatureNotInTier];
const USER_ERROR = ['message', 'code', 'field'];
export const quotaErrorRules: RuleMap = {
  QuotaExceeded: each(inherited, ...USER_ERROR, 'quota', 'limit', 'used', 'resetsAt', 'plansThatAllow'),
  FeatureNotInTier: each(inherited, ...USER_ERROR, 'feature', 'tiersThatAllow'),
};

export interface ExceededQuota {
  quota: string;
  limit: bigint;
  used: bigint;
  resetsAt: Date | null;
  plansThatAllow: readonly string[];
}

export const quotaExceeded = (exceeded: ExceededQuota, field: readonly string[] | null): Refusal =>
  new Refusal('QuotaExceeded', ErrorCode.QUOTA_EXCEEDED, `${exceeded.used} of ${exceeded.limit} are used.`, field, { ...exceeded });

export const featureNotInTier = (feature: string, tiersThatAllow: readonly string[], field: readonly string[] | null): Refusal =>
  new Refusal('FeatureNotInTier', ErrorCode.FEATURE_NOT_IN_TIER, `Your tier does not include this. ${tiersThatAllow.join(', ')} do.`, field, { feature, tiersThatAllow });
