// What payments announce: hints for their own jobs.
import { z } from 'zod';
import { defineEvent } from '../../kernel/messaging/events.js';

export const PaymentWebhookReceived = defineEvent({
  name: 'PaymentWebhookReceived', version: 1, description: "A provider's signed event was noted and waits to be looked into.",
  payload: z.object({ webhookId: z.uuid() }), example: { webhookId: '01930000-0000-7000-8000-000000000061' }, feed: false,
});
