// A reservation: a party, a time, and how far it is.
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { DepositFate } from '../deposit/deposit.fate.js';
import type { ReservationStatus } from './reservation.states.js';

export const Reservation = defineEntity({
  name: 'Reservation', tableName: 'reservation', schema: 'commerce',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    venueId: p.uuid(),
    status: p.text().$type<ReservationStatus>(),
    partySize: p.integer(),
    startsAt: p.datetime(3),
    endsAt: p.datetime(3),
    /** Of a hold: until when it is one. */
    heldUntil: p.datetime(3).nullable(),
    customerId: p.uuid().nullable(),
    /** The conversation of conversations it came from. */
    conversationId: p.uuid().nullable(),
    guestName: p.text().nullable(),
    note: p.text().nullable(),
    idempotencyKey: p.text(),
    requestHash: p.text(),
    createdAt: p.datetime(3),
    /** Minor units; bigint travels as decimal text. */
    depositMinor: p.bigint('string').nullable(),
    depositCurrency: p.text().nullable(),
    depositKept: p.boolean().nullable(),
    depositFate: p.text().$type<DepositFate>().nullable(),
  },
});
