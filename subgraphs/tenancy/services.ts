// The services of tenancy, wired by hand.
import type { SubgraphDeps } from '../kernel/graphql/boot.js';
import { BotService } from './bot/bot.service.js';
import { PlanService } from './plan/plan.service.js';
import { tenancyQuotas } from './plan/tenant-quota.js';
import { TenantService } from './tenant/tenant.service.js';
import { UsageService } from './usage/usage.service.js';

export interface TenancyServices {
  tenants: TenantService;
  plans: PlanService;
  usage: UsageService;
  bots: BotService;
}

export function tenancyServices(deps: SubgraphDeps): TenancyServices {
  const quotas = tenancyQuotas();
  const plans = new PlanService(deps.unit, quotas);
  const usage = new UsageService(deps.unit, plans);
  return { tenants: new TenantService(deps, plans), plans, usage, bots: new BotService(quotas, usage) };
}
