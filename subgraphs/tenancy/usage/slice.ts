// What tenants use, for those who pay.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { Usage } from './usage.entity.js';
import { UsageResolver } from './usage.resolver.js';

export const usageSlice: Slice = {
  resolvers: [UsageResolver],
  entities: [Usage],
  rules: {
    Query: { tenantUsage: can('billing:read') },
    TenantUsage: each(inherited, 'period', 'costMinor', 'currency', 'measures'),
    UsageMeasure: each(inherited, 'name', 'used', 'over', 'costMinor'),
  },
};
