// What workers may call of bookings.
import type { Pool } from 'pg';
import type { z } from 'zod';
import type { Clock } from '../kernel/base/clock.js';
import type { WaitingWork } from '../kernel/messaging/jobs.js';
import { expireHoldJob, offerWaitlistJob, remindJob, type noteReminderJob } from './jobs.js';
import type { BookingServices } from './booking.services.js';

export interface BookingDoor {
  expireHold(payload: z.infer<typeof expireHoldJob.payload>): Promise<boolean>;
  offerWaitlist(payload: z.infer<typeof offerWaitlistJob.payload>): Promise<number>;
  remind(payload: z.infer<typeof remindJob.payload>): Promise<boolean>;
  noteReminder(payload: z.infer<typeof noteReminderJob.payload>): Promise<boolean>;
  /** What waits in the tables, across tenants. @param system pool of the system role */
  overdue(system: Pool): Promise<WaitingWork[]>;
}

const BATCH = 500;

const HOLDS = `select tenant_id as "tenantId", id as "reservationId" from commerce.reservation where held_until <= $1 order by held_until limit $2`;

// Whatever told of a table that got free may have been lost, and tables are made and hours change: who waits is looked at again.
const WAITING = `select distinct tenant_id as "tenantId", venue_id as "venueId" from commerce.waitlist_entry where status = 'WAITING' and looked_at <= $1::timestamptz - interval '1 minute' limit $2`;

const REMINDERS = `select tenant_id as "tenantId", reservation_id as "reservationId", kind from commerce.reservation_reminder where sent_at is null and due_at <= $1 order by due_at limit $2`;

// Nobody has said what became of them: what was told may have been lost.
const UNANSWERED = `select tenant_id as "tenantId", reservation_id as "reservationId", kind from commerce.reservation_reminder
  where sent_at is not null and outcome is null and told_at <= $1::timestamptz - interval '10 seconds' order by told_at limit $2`;

/** @param clock whose time it is: that of the product, which tests turn */
export const bookingDoor = ({ reservations, offers, reminders }: BookingServices, clock: Clock): BookingDoor => ({
  expireHold: ({ tenantId, reservationId }) => reservations.expireHold(tenantId, reservationId),
  offerWaitlist: ({ tenantId, venueId }) => offers.offer(tenantId, venueId),
  remind: ({ tenantId, reservationId, kind }) => reminders.remind(tenantId, reservationId, kind),
  noteReminder: ({ tenantId, ...reminder }) => reminders.note(tenantId, reminder),
  overdue: async (system) => [
    // The clock alone ends a hold: no event begins it.
    { job: expireHoldJob, payloads: (await system.query(HOLDS, [clock.now(), BATCH])).rows, routine: true },
    { job: offerWaitlistJob, payloads: (await system.query(WAITING, [clock.now(), BATCH])).rows, routine: true },
    { job: remindJob, payloads: (await system.query(UNANSWERED, [clock.now(), BATCH])).rows, routine: true },
    { job: remindJob, payloads: (await system.query(REMINDERS, [clock.now(), BATCH])).rows, routine: true },
  ],
});
