// The door of commerce: all that workers may call.
import type { Pool } from 'pg';
import type { z } from 'zod';
import type { WaitingWork } from '../kernel/messaging/jobs.js';
import { rotateKeysJob, type readPaymentWebhookJob, type settlePaymentJob } from './jobs.js';
import { overduePayments } from './payment/payment.jobs.js';
import type { CommerceServices } from './services.js';

export interface CommerceDoor {
  readPaymentWebhook(payload: z.infer<typeof readPaymentWebhookJob.payload>): Promise<boolean>;
  settlePayment(payload: z.infer<typeof settlePaymentJob.payload>): Promise<boolean>;
  rotateKeys(payload: z.infer<typeof rotateKeysJob.payload>, system: Pool): Promise<boolean>;
  /** What waits in the tables, across tenants. @param system pool of the system role */
  overdue(system: Pool): Promise<WaitingWork[]>;
}

export const commerceDoor = ({ paymentWebhooks, settlement, deps }: CommerceServices): CommerceDoor => ({
  readPaymentWebhook: ({ tenantId, webhookId }) => paymentWebhooks.read(tenantId, webhookId),
  settlePayment: async ({ tenantId, paymentId }) => !(await settlement.settle(tenantId, paymentId, `payment-${paymentId}`)).unclear,
  rotateKeys: (rotation, system) => deps.keyRotation.run(system, rotation),
  overdue: async (system) => [...await overduePayments(system), { job: rotateKeysJob, payloads: await deps.keyRotation.due(system), routine: true }],
});
