// Job contracts of commerce: hints that carry ids.
import { z } from 'zod';
import { defineEraseJob } from '../kernel/messaging/erasure.js';
import { defineJob } from '../kernel/messaging/jobs.js';
import { rotateKeysJobOf } from '../kernel/messaging/key-jobs.js';
import { purgeJobOf } from '../kernel/messaging/retention.js';
import { defineExportTenantJob } from '../kernel/messaging/tenant-export.js';

export const eraseJob = defineEraseJob('commerce');
export const exportTenantJob = defineExportTenantJob('commerce');

export const expireHoldJob = defineJob({
  name: 'commerce.expireHold', description: 'Ends a hold that nobody confirmed in its time.',
  payload: z.object({ tenantId: z.uuid(), reservationId: z.uuid() }), concurrency: 2, key: ({ reservationId }) => reservationId,
});

export const offerWaitlistJob = defineJob({
  name: 'commerce.offerWaitlist', description: 'Offers what is free at a venue to those who wait for it.',
  payload: z.object({ tenantId: z.uuid(), venueId: z.uuid() }), concurrency: 1, key: ({ venueId }) => venueId,
});

export const expireOrdersJob = defineJob({
  name: 'commerce.expireOrders', description: 'Lets orders of a tenant expire that nobody accepted in time, some at a time.',
  payload: z.object({ tenantId: z.uuid() }), concurrency: 2, key: ({ tenantId }) => tenantId,
});

export const remindJob = defineJob({
  name: 'commerce.remind', description: 'Tells that a guest is to be reminded of a reservation.',
  payload: z.object({ tenantId: z.uuid(), reservationId: z.uuid(), kind: z.enum(['H24', 'H2']) }), concurrency: 2, key: ({ reservationId, kind }) => `${reservationId}-${kind}`,
});

export const noteReminderJob = defineJob({
  name: 'commerce.noteReminder', description: 'Notes what became of the reminder of a guest.',
  payload: z.object({ tenantId: z.uuid(), reservationId: z.uuid(), kind: z.enum(['H24', 'H2']), startsAt: z.iso.datetime(), outcome: z.string().max(50) }),
  concurrency: 2, key: ({ reservationId, kind, startsAt }) => `${reservationId}-${kind}-${Date.parse(startsAt)}`,
});

export const purgeJob = purgeJobOf('commerce');
export const rotateKeysJob = rotateKeysJobOf('commerce');

export const readPaymentWebhookJob = defineJob({
  name: 'commerce.readPaymentWebhook', description: 'Asks the provider of payments what happened to what it told of.',
  payload: z.object({ tenantId: z.uuid(), webhookId: z.uuid() }), concurrency: 4, key: ({ webhookId }) => webhookId,
});

export const settlePaymentJob = defineJob({
  name: 'commerce.settlePayment', description: 'Asks the provider again for what it gave no clear answer to, and for what is still on its way.',
  payload: z.object({ tenantId: z.uuid(), paymentId: z.uuid() }), concurrency: 4, key: ({ paymentId }) => paymentId,
});
