// Job contracts of conversations: hints that carry ids.
import { z } from 'zod';
import { defineJob, type JobReaction, type JobTrigger } from '../kernel/messaging/jobs.js';
import { OutboundQueued, WebhookReceived } from './events.js';

export const ingestJob = defineJob({
  name: 'conversations.ingest', description: 'Reads a stored webhook delivery into messages and statuses.',
  payload: z.object({ tenantId: z.uuid(), deliveryId: z.uuid() }), concurrency: 4, key: ({ deliveryId }) => deliveryId,
});

export const sendJob = defineJob({
  name: 'conversations.send', description: 'Hands the waiting messages of one conversation to the provider, in order.',
  payload: z.object({ tenantId: z.uuid(), conversationId: z.uuid(), messageId: z.uuid() }), concurrency: 8, key: ({ messageId }) => messageId,
});

export const releaseJob = defineJob({
  name: 'conversations.release', description: 'Takes a person who was removed off their open conversations, and says so.',
  payload: z.object({ tenantId: z.uuid(), userId: z.uuid() }), concurrency: 1, key: ({ tenantId, userId }) => `${tenantId}-${userId}`,
});

export const jobs = [ingestJob, sendJob, releaseJob];

/** Of identity's announcement, what is read here. */
const userRemoved = z.object({ userId: z.uuid() });

export const reactions: JobReaction[] = [{
  from: 'identity', event: 'UserRemoved', version: 1, job: releaseJob, payload: (tenantId, event) => ({ tenantId, ...userRemoved.parse(event) }),
}];

export const triggers: JobTrigger[] = [
  { event: WebhookReceived, job: ingestJob, payload: (tenantId, event) => ({ tenantId, ...WebhookReceived.payload.parse(event) }) },
  { event: OutboundQueued, job: sendJob, payload: (tenantId, event) => ({ tenantId, ...OutboundQueued.payload.parse(event) }) },
];
