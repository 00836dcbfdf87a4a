// Retention: what a tenant keeps for how long is a setting; that it is followed is ordered here.
import type { Slice } from '../../kernel/graphql/slice.js';
import { orderRetentionJob } from '../jobs.js';
import { retention } from '../migrations/20261129-96-retention.js';
import { RetentionOrdered } from './retention.events.js';

export const retentionSlice: Slice = { migrations: [retention], events: [RetentionOrdered], jobs: [orderRetentionJob] };
