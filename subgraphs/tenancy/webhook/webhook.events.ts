// What webhooks announce to their own workers: a hint, for the tables say what waits.
import { z } from 'zod';
import { defineEvent } from '../../kernel/messaging/events.js';

export const WebhookSendRequested = defineEvent({
  name: 'WebhookSendRequested', version: 1, description: 'Something waits to be sent to an endpoint of a tenant, and may be sent now.',
  payload: z.object({ endpointId: z.uuid() }), example: { endpointId: '01930000-0000-7000-8000-000000000061' }, feed: false,
});
