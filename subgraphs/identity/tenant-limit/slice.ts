// What tenants may have of people and keys, as tenancy says it.
import { quotaErrorRules, quotaErrorTypes } from '../../kernel/graphql/quota.errors.js';
import { quotaReactions } from '../../kernel/graphql/quota.keeper.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { limitJobs } from '../jobs.js';
import { quota } from '../migrations/20261129-80-quota.js';
import { recounted } from '../migrations/20261129-93-recounted.js';
import { UsersMeasured } from './tenant-limit.events.js';

export const tenantLimitSlice: Slice = {
  orphanedTypes: quotaErrorTypes,
  migrations: [quota, recounted],
  rules: quotaErrorRules,
  classes: { Tenant: { tier: 'plain', limitsVersion: 'plain' } },
  events: [UsersMeasured],
  jobs: Object.values(limitJobs),
  reactions: quotaReactions('tenancy', limitJobs),
};
