// The door of commerce: all that workers may call.
import type { Pool } from 'pg';
import type { z } from 'zod';
import { bookingDoor, type BookingDoor } from './booking.door.js';
import { rotateKeysJob, type readPaymentWebhookJob, type settlePaymentJob } from './jobs.js';
import { overduePayments } from './payment/payment.jobs.js';
import type { CommerceServices } from './services.js';

export interface CommerceDoor extends BookingDoor {
  readPaymentWebhook(payload: z.infer<typeof readPaymentWebhookJob.payload>): Promise<boolean>;
  settlePayment(payload: z.infer<typeof settlePaymentJob.payload>): Promise<boolean>;
  rotateKeys(payload: z.infer<typeof rotateKeysJob.payload>, system: Pool): Promise<boolean>;
}

export function commerceDoor({ paymentWebhooks, settlement, booking, deps }: CommerceServices): CommerceDoor {
  const bookings = bookingDoor(booking, deps.clock);
  return {
    ...bookings,
    readPaymentWebhook: ({ tenantId, webhookId }) => paymentWebhooks.read(tenantId, webhookId),
    settlePayment: async ({ tenantId, paymentId }) => !(await settlement.settle(tenantId, paymentId, `payment-${paymentId}`)).unclear,
    rotateKeys: (rotation, system) => deps.keyRotation.run(system, rotation),
    overdue: async (system) => [
      ...await bookings.overdue(system), ...await overduePayments(system), { job: rotateKeysJob, payloads: await deps.keyRotation.due(system), routine: true },
    ],
  };
}
