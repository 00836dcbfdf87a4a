// Retention of what people leave behind: notifications and sessions.
import { RetentionCount, retentionCountRules } from '../../kernel/graphql/retention-count.js';
import { can } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { PURGE_CLASSES, purgeReaction } from '../../kernel/messaging/retention.js';
import { purgeJob } from '../jobs.js';
import { retention } from '../migrations/20261129-96-retention.js';
import { RetentionResolver } from './retention.resolver.js';

export const retentionSlice: Slice = {
  resolvers: [RetentionResolver],
  orphanedTypes: [RetentionCount],
  migrations: [retention],
  rules: { Query: { staffRetentionPreview: can('user:manage') }, ...retentionCountRules },
  classes: { Tenant: PURGE_CLASSES },
  jobs: [purgeJob],
  reactions: [purgeReaction(purgeJob)],
};
