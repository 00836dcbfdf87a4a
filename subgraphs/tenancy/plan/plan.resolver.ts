// What the tenant may use and uses, and choosing a plan.
import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { OperationContext } from '../../kernel/graphql/context.js';
import { BigIntScalar } from '../../kernel/graphql/scalars.js';
import type { TenancyServices } from '../services.js';
import { chosen } from './plan.change.js';
import { QuotaName } from './plan.enums.js';
import { TenantPlanChangeInput } from './plan.inputs.js';
import { previewQuota } from './plan.preview.js';
import { readPlan } from './plan.reads.js';
import { QuotaPreview, TenantPlanChangePayload, TenantPlanType } from './plan.type.js';

@Resolver(() => TenantPlanType)
export class PlanResolver {
  constructor(private readonly services: TenancyServices) {}

  @Query(() => TenantPlanType, {
    nullable: true, description: 'What the tenant of this session may use, pays and has used; null for people of the platform. Needs a token.',
  })
  tenantPlan(@Ctx() context: OperationContext): Promise<TenantPlanType | null> {
    return readPlan(context);
  }

  @Query(() => QuotaPreview, {
    nullable: true, description: 'Whether so many more of something would be allowed now, and by whom if not. It takes nothing: what is used a moment later decides. Needs a token.',
  })
  quotaPreview(
    @Arg('quota', () => QuotaName, { description: 'Of what.' }) quota: QuotaName,
    @Arg('amount', () => BigIntScalar, { nullable: true, description: 'How many more, 1 to 10^15; 1 when absent.' }) amount: bigint | null,
    @Ctx() context: OperationContext,
  ): Promise<QuotaPreview> {
    return previewQuota(context, quota, amount ?? 1n);
  }

  @Mutation(() => TenantPlanChangePayload, {
    nullable: true,
    description: 'Changes the plan. To more it changes at once, and the rest of the month is charged in proportion; to less it changes at the end of the month, and is refused while more is used than it allows.',
  })
  async tenantPlanChange(
    @Ctx() context: OperationContext, @Arg('input', () => TenantPlanChangeInput, { description: 'The plan to change to.' }) input: TenantPlanChangeInput,
  ) {
    await this.services.planChange.change(context, chosen(input.plan ?? null, input.tier ?? null));
    return { tenantPlan: await readPlan(context), userErrors: [] };
  }
}
