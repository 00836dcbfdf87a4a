// What tenants may keep of files and read of their trail, as tenancy says it.
import { quotaErrorRules, quotaErrorTypes } from '../../kernel/graphql/quota.errors.js';
import { quotaReactions } from '../../kernel/graphql/quota.keeper.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { limitJobs } from '../jobs.js';
import { metering } from '../migrations/20261129-93-metering.js';
import { StorageMeasured } from './tenant-limit.events.js';

export const tenantLimitSlice: Slice = {
  orphanedTypes: quotaErrorTypes,
  migrations: [metering],
  rules: quotaErrorRules,
  classes: { Tenant: { tier: 'plain', limitsVersion: 'plain' } },
  events: [StorageMeasured],
  jobs: Object.values(limitJobs),
  reactions: quotaReactions('tenancy', limitJobs),
};
