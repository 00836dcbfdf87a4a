// What bookings announce. Payloads carry ids; whoever needs more reads it with its own rights.
import { z } from 'zod';
import { defineEvent } from '../kernel/messaging/events.js';
import { RESERVATION_STATUSES } from './reservation/reservation.states.js';

const reservationId = '01930000-0000-7000-8000-000000000041';
const conversationId = '01930000-0000-7000-8000-000000000002';

export const ReservationChanged = defineEvent({
  name: 'ReservationChanged', version: 1, description: 'A reservation was made, is at another time, or became something else.',
  payload: z.object({ reservationId: z.uuid(), status: z.enum(RESERVATION_STATUSES), conversationId: z.uuid().nullable() }),
  example: { reservationId, status: 'CONFIRMED', conversationId }, feed: true,
});

export const TableFreed = defineEvent({
  name: 'TableFreed', version: 1, description: 'A table of a venue is nobody\'s any more: who waits may be offered it.',
  payload: z.object({ venueId: z.uuid() }), example: { venueId: '01930000-0000-7000-8000-000000000042' }, feed: false,
});

export const WaitlistOffered = defineEvent({
  name: 'WaitlistOffered', version: 1, description: 'A party that waited is offered a table: confirming the reservation in time takes it.',
  payload: z.object({ waitlistEntryId: z.uuid(), reservationId: z.uuid(), offeredUntil: z.iso.datetime(), customerId: z.uuid().nullable(), conversationId: z.uuid().nullable() }),
  example: { waitlistEntryId: '01930000-0000-7000-8000-000000000043', reservationId, offeredUntil: '2026-12-01T18:15:00.000Z', customerId: null, conversationId }, feed: false,
});

export const ReservationReminded = defineEvent({
  name: 'ReservationReminded', version: 1, description: 'It is a day, or two hours, until a reservation begins: its guest is to be reminded. Said once for each and each time it is put at.',
  payload: z.object({ reservationId: z.uuid(), kind: z.enum(['H24', 'H2']), startsAt: z.iso.datetime(), customerId: z.uuid().nullable(), conversationId: z.uuid().nullable() }),
  example: { reservationId, kind: 'H2', startsAt: '2026-12-01T18:00:00.000Z', customerId: null, conversationId }, feed: false,
});
