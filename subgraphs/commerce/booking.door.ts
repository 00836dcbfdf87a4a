// What workers may call of bookings.
import type { Pool } from 'pg';
import type { z } from 'zod';
import type { Clock } from '../kernel/base/clock.js';
import type { WaitingWork } from '../kernel/messaging/jobs.js';
import { expireHoldJob } from './jobs.js';
import type { BookingServices } from './booking.services.js';

export interface BookingDoor {
  expireHold(payload: z.infer<typeof expireHoldJob.payload>): Promise<boolean>;
  /** What waits in the tables, across tenants. @param system pool of the system role */
  overdue(system: Pool): Promise<WaitingWork[]>;
}

const BATCH = 500;

const HOLDS = `select tenant_id as "tenantId", id as "reservationId" from commerce.reservation where held_until <= $1 order by held_until limit $2`;

/** @param clock whose time it is: that of the product, which tests turn */
export const bookingDoor = ({ reservations }: BookingServices, clock: Clock): BookingDoor => ({
  expireHold: ({ tenantId, reservationId }) => reservations.expireHold(tenantId, reservationId),
  overdue: async (system) => [
    // The clock alone ends a hold: no event begins it.
    { job: expireHoldJob, payloads: (await system.query(HOLDS, [clock.now(), BATCH])).rows, routine: true },
  ],
});
