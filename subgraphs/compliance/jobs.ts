// Job contracts of compliance: hints that carry ids. Runs over a large log take minutes, and must not hold up those of other tenants.
import { z } from 'zod';
import { quotaJobs } from '../kernel/graphql/quota.keeper.js';
import { defineEraseJob } from '../kernel/messaging/erasure.js';
import { defineJob } from '../kernel/messaging/jobs.js';
import { rotateKeysJobOf } from '../kernel/messaging/key-jobs.js';
import { defineExportTenantJob } from '../kernel/messaging/tenant-export.js';

export const verifyJob = defineJob({
  name: 'compliance.verify', description: 'Goes over a stream of the audit log and says whether it is as it was sealed.',
  payload: z.object({ stream: z.uuid(), verificationId: z.uuid() }), concurrency: 4, key: ({ verificationId }) => verificationId,
});

export const drillJob = defineJob({
  name: 'compliance.drill', description: 'Tries the walls between tenants on every subgraph\'s database, and says what crossed.',
  payload: z.object({ drillId: z.uuid() }), concurrency: 1, key: ({ drillId }) => drillId,
});

export const exportJob = defineJob({
  name: 'compliance.export', description: 'Writes the file of an export of the audit trail, or deletes it when its time is over.',
  payload: z.object({ stream: z.uuid(), exportId: z.uuid() }), concurrency: 4, key: ({ exportId }) => exportId,
});

export const dataExportJob = defineJob({
  name: 'compliance.exportList', description: 'Reads a list of the graph as whoever asked for its export and writes the file, or deletes it when its time is over.',
  payload: z.object({ tenantId: z.uuid(), exportId: z.uuid() }), concurrency: 2, key: ({ exportId }) => exportId,
});

export const backupJob = defineJob({
  name: 'compliance.backup', description: 'Takes a full backup of the installation, or verifies one.',
  payload: z.object({ runId: z.uuid() }), concurrency: 2, key: ({ runId }) => runId,
});

export const rotateKeysJob = rotateKeysJobOf('compliance');
export const limitJobs = quotaJobs('compliance');
export const eraseJob = defineEraseJob('compliance');
export const exportTenantJob = defineExportTenantJob('compliance');
