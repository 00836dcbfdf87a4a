// What bookings announce. Payloads carry ids; whoever needs more reads it with its own rights.
import { z } from 'zod';
import { defineEvent } from '../kernel/messaging/events.js';
import { RESERVATION_STATUSES } from './reservation/reservation.states.js';

const reservationId = '01930000-0000-7000-8000-000000000041';
const conversationId = '01930000-0000-7000-8000-000000000002';

export const ReservationChanged = defineEvent({
  name: 'ReservationChanged', version: 1, description: 'A reservation was made, is at another time, or became something else.',
  payload: z.object({ reservationId: z.uuid(), status: z.enum(RESERVATION_STATUSES), conversationId: z.uuid().nullable() }),
  example: { reservationId, status: 'CONFIRMED', conversationId }, feed: false,
});
