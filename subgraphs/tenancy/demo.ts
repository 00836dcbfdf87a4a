// Demo tenants through tenancy's own service, each with its audit event. Repeating it changes nothing.
import type { TenancyServices } from './services.js';
import type { TenantRow } from './tenant/tenant.loaders.js';

export interface DemoTenancy {
  tenants: TenantRow[];
}

export async function demoTenancy({ tenants }: TenancyServices, facts: DemoTenancy): Promise<void> {
  for (const tenant of facts.tenants) await tenants.create(tenant, 'demo-tenancy');
}
