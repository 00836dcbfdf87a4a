// Job contracts of commerce: hints that carry ids.
import { z } from 'zod';
import { defineJob } from '../kernel/messaging/jobs.js';
import { defineEraseJob } from '../kernel/messaging/erasure.js';
import { defineExportTenantJob } from '../kernel/messaging/tenant-export.js';

export const eraseJob = defineEraseJob('commerce');
export const exportTenantJob = defineExportTenantJob('commerce');

export const expireHoldJob = defineJob({
  name: 'commerce.expireHold', description: 'Ends a hold that nobody confirmed in its time.',
  payload: z.object({ tenantId: z.uuid(), reservationId: z.uuid() }), concurrency: 2, key: ({ reservationId }) => reservationId,
});
