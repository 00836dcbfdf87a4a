// What a tier and a plan grant together, as it is announced to those who enforce it.
import type { z } from 'zod';
import { TenantTier } from '../tenant/tenant.type.js';
import { PLANS, TIERS, planOf } from './plan.catalogue.js';
import { TenantFeature, TenantPlanName } from './plan.enums.js';
import type { TenantLimitsChanged } from './plan.events.js';

export interface Granted {
  tier: TenantTier;
  plan: TenantPlanName | null;
}

type Announced = z.input<typeof TenantLimitsChanged.payload>;

export const CONVERSATIONS = 'CONVERSATIONS';
const TIER_QUOTAS = ['BOTS', 'USERS', 'STORAGE_BYTES'] as const;

const beyond = (limit: number | null, than: number | null): boolean => than !== null && (limit === null || limit > than);

/** By quota; null: without limit. */
export const ceilingsOf = ({ tier, plan }: Granted): Record<string, number | null> => ({ ...TIERS[tier].limits, [CONVERSATIONS]: planOf(plan).conversations });

/** By quota and feature: the tiers or plans that give more of it, smallest first. */
export function offersOf(granted: Granted): Record<string, string[]> {
  const now = ceilingsOf(granted);
  const quotas = TIER_QUOTAS.map((quota) => [quota, Object.values(TenantTier).filter((tier) => beyond(TIERS[tier].limits[quota], now[quota] ?? null))] as const);
  const conversations = Object.values(TenantPlanName).filter((plan) => beyond(PLANS[plan].conversations, now[CONVERSATIONS] ?? null));
  const features = Object.values(TenantFeature).map((feature) => [feature, Object.values(TenantTier).filter((tier) => TIERS[tier].features.includes(feature))] as const);
  return Object.fromEntries([...quotas, [CONVERSATIONS, conversations], ...features]);
}

export const limitsOf = (granted: Granted, { version, anchor }: { version: number; anchor: Date }): Announced => ({
  version, tier: granted.tier, features: [...TIERS[granted.tier].features], anchor: anchor.toISOString(), ceilings: ceilingsOf(granted), offers: offersOf(granted),
});
