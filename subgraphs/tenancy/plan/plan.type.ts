// The plan of a tenant at the API: what it grants, costs, and how much of it is used.
import { Field, Int, ObjectType } from 'type-graphql';
import { BigIntScalar, DateTime } from '../../kernel/graphql/scalars.js';
import { UserError } from '../../kernel/graphql/user-errors.js';
import { TenantTier } from '../tenant/tenant.type.js';
import { AuditCoverage, BackupCadence, QuotaName, SupportLevel, TenantFeature, TenantPlanName } from './plan.enums.js';

@ObjectType({ description: 'A month of a tenant, counted from when it began.' })
export class PlanPeriod {
  @Field(() => DateTime, { description: 'When it began, UTC.' })
  startsAt!: Date;

  @Field(() => DateTime, { description: 'When the next one begins, UTC.' })
  endsAt!: Date;
}

@ObjectType({ description: 'How much there may be of something, and how much there is.' })
export class PlanLimit {
  @Field(() => QuotaName, { description: 'What.' })
  quota!: QuotaName;

  @Field(() => BigIntScalar, { nullable: true, description: 'How many there may be; null: no limit.' })
  limit!: number | null;

  @Field(() => BigIntScalar, {
    nullable: true, description: 'How many there are, as of a few seconds ago; null: it has not been counted yet. What is refused is decided by the exact number.',
  })
  used!: number | null;

  @Field(() => BigIntScalar, { description: 'How many there are beyond the limit: conversations that customers began are never refused.' })
  over!: number;

  @Field(() => DateTime, { nullable: true, description: 'When counting begins anew, UTC; null for what is not counted by the month.' })
  resetsAt!: Date | null;
}

@ObjectType({ description: 'The support a plan includes.' })
export class SupportEntitlement {
  @Field(() => SupportLevel, { description: 'Who answers.' })
  level!: SupportLevel;

  @Field(() => Int, { nullable: true, description: 'Hours until a first answer at most; null: no promise.' })
  responseHours!: number | null;
}

@ObjectType({ description: 'What becomes of the plan at the end of the month.' })
export class PlannedChange {
  @Field(() => TenantTier, { description: 'The tier from then on.' })
  tier!: TenantTier;

  @Field(() => TenantPlanName, { nullable: true, description: 'The plan from then on; null: none.' })
  plan!: TenantPlanName | null;

  @Field(() => DateTime, { description: 'When, UTC.' })
  at!: Date;
}

@ObjectType({ description: 'Something of which there is too much for what was chosen.' })
export class PlanOverrun {
  @Field(() => String, { description: 'What, e.g. `USERS`, `BOTS` or `API_KEYS`.' })
  quota!: string;

  @Field(() => BigIntScalar, { description: 'How many there are.' })
  used!: number;

  @Field(() => BigIntScalar, { description: 'How many there may be then; 0 for what is not included at all.' })
  limit!: number;
}

@ObjectType({ description: 'A change of the plan that was chosen and not made. Remove what there is too much of, and choose it again.' })
export class RefusedChange {
  @Field(() => TenantTier, { description: 'The tier that was chosen.' })
  tier!: TenantTier;

  @Field(() => TenantPlanName, { nullable: true, description: 'The plan that was chosen; null: none.' })
  plan!: TenantPlanName | null;

  @Field(() => DateTime, { description: 'When it was to hold, UTC.' })
  at!: Date;

  @Field(() => [PlanOverrun], { description: 'All of which there was too much then.' })
  over!: PlanOverrun[];
}

@ObjectType('TenantPlan', { description: 'What the tenant may use, pays and has used.' })
export class TenantPlanType {
  @Field(() => TenantTier, { description: 'How large the tenant may be.' })
  tier!: TenantTier;

  @Field(() => TenantPlanName, { nullable: true, description: 'What it pays for; null: nothing, as in tier FREE.' })
  plan!: TenantPlanName | null;

  @Field(() => BigIntScalar, { nullable: true, description: 'The price of a month in the minor unit of `currency`, e.g. cents; null: by agreement.' })
  priceMinor!: number | null;

  @Field(() => String, { description: 'ISO 4217 code of the price.' })
  currency!: string;

  @Field(() => PlanPeriod, { description: 'The current month.' })
  period!: PlanPeriod;

  @Field(() => [PlanLimit], { description: 'All that is limited.' })
  limits!: PlanLimit[];

  @Field(() => [TenantFeature], { description: 'All that the tier includes besides numbers.' })
  features!: TenantFeature[];

  @Field(() => AuditCoverage, { description: 'How much of the audit trail is included.' })
  audit!: AuditCoverage;

  @Field(() => Int, { nullable: true, description: 'For how many days; null: for the whole retention.' })
  auditDays!: number | null;

  @Field(() => BackupCadence, { description: 'How often the tenant is backed up for itself.' })
  backups!: BackupCadence;

  @Field(() => SupportEntitlement, { description: 'The support that is included.' })
  support!: SupportEntitlement;

  @Field(() => PlannedChange, { nullable: true, description: 'What was chosen for the end of the month; null: all stays as it is.' })
  next!: PlannedChange | null;

  @Field(() => RefusedChange, {
    nullable: true, description: 'A change that was chosen for the end of a month and not made then, because more was used than it allows; null: there is none, or another choice was made since.',
  })
  refused!: RefusedChange | null;
}

@ObjectType({ description: 'Whether so many more of something would be allowed now.' })
export class QuotaPreview {
  @Field(() => QuotaName, { description: 'What was asked for.' })
  quota!: QuotaName;

  @Field(() => Boolean, { description: 'Whether they would be allowed.' })
  allowed!: boolean;

  @Field(() => BigIntScalar, { nullable: true, description: 'How many there may be; null: no limit.' })
  limit!: number | null;

  @Field(() => BigIntScalar, { nullable: true, description: 'How many there are, as of a few seconds ago; null: it has not been counted yet.' })
  used!: number | null;

  @Field(() => DateTime, { nullable: true, description: 'When counting begins anew, UTC; null for what is not counted by the month.' })
  resetsAt!: Date | null;

  @Field(() => [String], { description: 'Names of the tiers (of `CONVERSATIONS`: plans) that would allow them, smallest first; empty when they are allowed.' })
  plansThatAllow!: string[];
}

@ObjectType({ description: 'The outcome of `tenantPlanChange`.' })
export class TenantPlanChangePayload {
  @Field(() => TenantPlanType, { nullable: true, description: 'The plan as it is now, with what was chosen for the end of the month in `next`; null when it was refused.' })
  tenantPlan!: TenantPlanType | null;

  @Field(() => [UserError], { description: 'Expected reasons for failure: `PlanTooSmall`, `InputInvalid`.' })
  userErrors!: UserError[];
}

@ObjectType({ implements: UserError, description: 'More is used than what was chosen allows. Remove some first, or choose more.' })
export class PlanTooSmall extends UserError {
  @Field(() => [PlanOverrun], { description: 'All of which there is too much.' })
  over!: PlanOverrun[];
}
