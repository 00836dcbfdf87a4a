// Whether so many more of something would be allowed, and by whom.
import type { OperationContext } from '../../kernel/graphql/context.js';
import { badInput, forbidden } from '../../kernel/base/errors.js';
import { TenantTier } from '../tenant/tenant.type.js';
import { PLANS, TIERS } from './plan.catalogue.js';
import { TenantPlanName, type QuotaName } from './plan.enums.js';
import { CONVERSATIONS } from './plan.limits.js';
import { readPlan } from './plan.reads.js';
import type { PlanLimit, QuotaPreview } from './plan.type.js';

const MOST = 1_000_000_000_000_000n;

function whoAllow(quota: QuotaName, wanted: bigint): string[] {
  const enough = (limit: number | null): boolean => limit === null || BigInt(limit) >= wanted;
  if (quota === CONVERSATIONS) return Object.values(TenantPlanName).filter((plan) => enough(PLANS[plan].conversations));
  return Object.values(TenantTier).filter((tier) => enough(TIERS[tier].limits[quota]));
}

/** @throws BAD_USER_INPUT for an amount that is none */
export async function previewQuota(context: OperationContext, quota: QuotaName, amount: bigint): Promise<QuotaPreview> {
  if (amount < 1n || amount > MOST) throw badInput(`amount is between 1 and ${MOST}.`, ['amount']);
  const limit = (await readPlan(context))?.limits.find((one): one is PlanLimit => one.quota === quota);
  // People of the platform have no tenant whose limits could be asked for.
  if (!limit) throw forbidden();
  const wanted = BigInt(limit.used ?? 0) + BigInt(limit.over) + amount;
  const allowed = limit.limit === null || wanted <= BigInt(limit.limit);
  return { ...limit, quota, allowed, plansThatAllow: allowed ? [] : whoAllow(quota, wanted) };
}
