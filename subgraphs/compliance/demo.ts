// What the demo tenants may use of compliance, before tenancy's own word of it arrives. Repeating it changes nothing.
import type { GrantedLimits } from '../kernel/graphql/quota.keeper.js';
import type { ComplianceServices } from './subgraph.js';

export interface DemoCompliance {
  tenants: readonly { tenantId: string; limits: GrantedLimits }[];
}

export async function demoCompliance({ limits: inForce }: ComplianceServices, { tenants }: DemoCompliance): Promise<void> {
  for (const { tenantId, limits } of tenants) await inForce.apply(tenantId, limits);
}
