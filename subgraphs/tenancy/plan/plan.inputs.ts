// Choosing a plan.
import { Field, InputType } from 'type-graphql';
import { TenantTier } from '../tenant/tenant.type.js';
import { TenantPlanName } from './plan.enums.js';

@InputType({ description: 'The plan to change to. The same as now takes back what was chosen for the end of the month.' })
export class TenantPlanChangeInput {
  @Field(() => TenantPlanName, { nullable: true, description: 'The plan; null or absent: none, which is tier FREE. `CUSTOM` is agreed upon with us.' })
  plan?: TenantPlanName | null;

  @Field(() => TenantTier, {
    nullable: true, description: 'The tier to take it with; absent: the one it comes with. STARTUP comes with STANDARD; PROFESSIONAL with PROFESSIONAL or STANDARD; ENTERPRISE with any that is paid for.',
  })
  tier?: TenantTier | null;
}
