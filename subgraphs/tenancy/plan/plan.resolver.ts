// What the tenant may use and uses.
import { Ctx, Query, Resolver } from 'type-graphql';
import { OperationContext } from '../../kernel/graphql/context.js';
import { readPlan } from './plan.reads.js';
import { TenantPlanType } from './plan.type.js';

@Resolver(() => TenantPlanType)
export class PlanResolver {
  @Query(() => TenantPlanType, {
    nullable: true, description: 'What the tenant of this session may use, pays and has used; null for people of the platform. Needs a token.',
  })
  tenantPlan(@Ctx() context: OperationContext): Promise<TenantPlanType | null> {
    return readPlan(context);
  }
}
