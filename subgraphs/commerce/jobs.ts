// Job contracts of commerce: hints that carry ids.
import { z } from 'zod';
import { defineEraseJob } from '../kernel/messaging/erasure.js';
import { defineJob } from '../kernel/messaging/jobs.js';
import { rotateKeysJobOf } from '../kernel/messaging/key-jobs.js';
import { defineExportTenantJob } from '../kernel/messaging/tenant-export.js';

export const eraseJob = defineEraseJob('commerce');
export const exportTenantJob = defineExportTenantJob('commerce');
export const rotateKeysJob = rotateKeysJobOf('commerce');

export const readPaymentWebhookJob = defineJob({
  name: 'commerce.readPaymentWebhook', description: 'Asks the provider of payments what happened to what it told of.',
  payload: z.object({ tenantId: z.uuid(), webhookId: z.uuid() }), concurrency: 4, key: ({ webhookId }) => webhookId,
});

export const settlePaymentJob = defineJob({
  name: 'commerce.settlePayment', description: 'Asks the provider again for what it gave no clear answer to, and for what is still on its way.',
  payload: z.object({ tenantId: z.uuid(), paymentId: z.uuid() }), concurrency: 4, key: ({ paymentId }) => paymentId,
});
