// What tenancy counts itself: bots.
import { Quotas } from '../../kernel/graphql/quotas.js';
import { TenantTier } from '../tenant/tenant.type.js';
import { TIERS } from './plan.catalogue.js';
import { ceilingsOf, offersOf } from './plan.limits.js';

export const BOTS = 'BOTS';

const FREE = { tier: TenantTier.FREE, plan: null };

export const tenancyQuotas = (): Quotas => new Quotas('tenancy', [{ name: BOTS, monthly: false, rows: (tenant) => `select count(*) from tenancy.bot where tenant_id = ${tenant}` }],
  { tier: FREE.tier, features: TIERS.FREE.features, ceilings: ceilingsOf(FREE), offers: offersOf(FREE) });
