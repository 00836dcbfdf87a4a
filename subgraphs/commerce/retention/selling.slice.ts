// Retention of what selling leaves behind: carts that became nothing, and what providers of payments told.
import type { Slice } from '../../kernel/graphql/slice.js';
import { PURGE_CLASSES, purgeReaction } from '../../kernel/messaging/retention.js';
import { purgeJob } from '../jobs.js';
import { tidying } from '../migrations/20261202-12-tidy.js';

export const sellingRetentionSlice: Slice = { migrations: [tidying], classes: { Tenant: PURGE_CLASSES }, jobs: [purgeJob], reactions: [purgeReaction(purgeJob)] };
