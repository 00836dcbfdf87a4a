// What compliance erases of a tenant: everything but the log, whose entries and tree end by retention alone.
import { defineErasedEvent, eraseReaction } from '../kernel/messaging/erasure.js';
import type { Slice } from '../kernel/graphql/slice.js';
import { eraseJob } from './jobs.js';
import { erasure } from './migrations/20261129-76-erasure.js';
import { erasedRows } from './migrations/20261129-92-erased-rows.js';

const ComplianceErased = defineErasedEvent('compliance');
const LOG = 'part of the audit log, which proves what was done and is dropped by retention';

export const erasureSlice: Slice = {
  migrations: [erasure, erasedRows],
  erasure: {
    job: eraseJob, event: ComplianceErased,
    kept: { audit_event: LOG, log_stream: LOG, log_tile: LOG, log_checkpoint: LOG, log_push: LOG, log_dropped: LOG },
  },
  events: [ComplianceErased],
  jobs: [eraseJob],
  reactions: [eraseReaction(eraseJob)],
};
