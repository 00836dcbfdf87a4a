// The job of notifications, and what starts it: other subgraphs ask by an event.
import { z } from 'zod';
import { defineJob, type JobReaction } from '../../kernel/messaging/jobs.js';
import { staffNotificationRequest } from './notification.events.js';

export const notifyJob = defineJob({
  name: 'identity.notify', description: 'Tells staff of something that waits for a person.',
  payload: z.object({ tenantId: z.uuid(), request: staffNotificationRequest }), concurrency: 2,
  key: ({ tenantId, request }) => `${tenantId}/${request.dedupeKey}`.replaceAll(':', '_'),
});

export const reactions: JobReaction[] = [{
  from: 'conversations', event: 'StaffNotificationRequested', version: 1, job: notifyJob,
  payload: (tenantId, event) => ({ tenantId, request: staffNotificationRequest.parse(event) }),
}];
