// A business that uses the product, as a tenant sees itself.
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { TenantTier } from './tenant.type.js';

export const Tenant = defineEntity({
  name: 'Tenant', tableName: 'tenant', schema: 'tenancy',
  properties: {
    /** The tenant id of every row it owns, in every subgraph. */
    id: p.uuid().primary().fieldName('tenant_id'),
    name: p.text(),
    tier: p.text().$type<TenantTier>(),
    locale: p.text(),
    timeZone: p.text(),
    currency: p.text(),
    createdAt: p.datetime(3),
  },
});
