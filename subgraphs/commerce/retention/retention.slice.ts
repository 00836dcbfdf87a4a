// Retention of bookings, of carts that became nothing, and of what providers of payments told.
import { RetentionCount, retentionCountRules } from '../../kernel/graphql/retention-count.js';
import { can } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { PURGE_CLASSES, purgeReaction } from '../../kernel/messaging/retention.js';
import { purgeJob } from '../jobs.js';
import { retention } from '../migrations/20261202-04-retention.js';
import { tidying } from '../migrations/20261202-12-tidy.js';
import { RetentionResolver } from './retention.resolver.js';

export const retentionSlice: Slice = {
  resolvers: [RetentionResolver],
  orphanedTypes: [RetentionCount],
  migrations: [retention, tidying],
  ids: { Tenant: 'tnt' },
  rules: { Query: { commerceRetentionPreview: can('settings:read') }, ...retentionCountRules },
  classes: { Tenant: PURGE_CLASSES },
  jobs: [purgeJob],
  reactions: [purgeReaction(purgeJob)],
};
