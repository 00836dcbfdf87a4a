// The door of commerce: all that workers may call.
import type { Pool } from 'pg';
import type { z } from 'zod';
import { bookingDoor, type BookingDoor } from './booking.door.js';
import { expireOrdersJob, rotateKeysJob, type purgeJob, type readPaymentWebhookJob, type settlePaymentJob } from './jobs.js';
import { expiringTenants } from './order/order.expiry.js';
import { overduePayments } from './payment/payment.jobs.js';
import type { CommerceServices } from './services.js';
import { tidyCommerce } from './tidy.js';

export interface CommerceDoor extends BookingDoor {
  readPaymentWebhook(payload: z.infer<typeof readPaymentWebhookJob.payload>): Promise<boolean>;
  settlePayment(payload: z.infer<typeof settlePaymentJob.payload>): Promise<boolean>;
  rotateKeys(payload: z.infer<typeof rotateKeysJob.payload>, system: Pool): Promise<boolean>;
  expireOrders(payload: z.infer<typeof expireOrdersJob.payload>): Promise<number>;
  purge(payload: z.infer<typeof purgeJob.payload>): Promise<number>;
  /** Deletes what is of no use any more, now and then. */
  tidy(system: Pool): Promise<void>;
}

const BATCH = 500;

export function commerceDoor({ paymentWebhooks, settlement, booking, deps, orderExpiry, retention }: CommerceServices): CommerceDoor {
  const bookings = bookingDoor(booking, deps.clock);
  return {
    ...bookings,
    readPaymentWebhook: ({ tenantId, webhookId }) => paymentWebhooks.read(tenantId, webhookId),
    settlePayment: async ({ tenantId, paymentId }) => !(await settlement.settle(tenantId, paymentId, `payment-${paymentId}`)).unclear,
    rotateKeys: (rotation, system) => deps.keyRotation.run(system, rotation),
    purge: (order) => retention.purge(order),
    tidy: tidyCommerce(deps.clock),
    expireOrders: ({ tenantId }) => orderExpiry.run(tenantId),
    overdue: async (system) => [
      { job: expireOrdersJob, payloads: await expiringTenants(system, deps.clock.now(), BATCH), routine: true },
      ...await bookings.overdue(system), ...await overduePayments(system), { job: rotateKeysJob, payloads: await deps.keyRotation.due(system), routine: true },
    ],
  };
}
