// The services of tenancy, wired by hand.
import type { SubgraphDeps } from '../kernel/graphql/boot.js';
import { ErasureService } from './erasure/erasure.service.js';
import { LifeAnnouncement } from './life/life.announcement.js';
import { LifeService } from './life/life.service.js';
import { TenantService } from './tenant/tenant.service.js';

export interface TenancyServices {
  tenants: TenantService;
  life: LifeService;
  announcement: LifeAnnouncement;
  erasure: ErasureService;
}

export const tenancyServices = (deps: SubgraphDeps): TenancyServices => ({
  tenants: new TenantService(deps), life: new LifeService(deps), announcement: new LifeAnnouncement(deps), erasure: new ErasureService(deps),
});
