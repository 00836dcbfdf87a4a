// A party that waits for a table.
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { WaitlistStatus } from './waitlist.follow.js';

export const WaitlistEntry = defineEntity({
  name: 'WaitlistEntry', tableName: 'waitlist_entry', schema: 'commerce',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    venueId: p.uuid(),
    status: p.text().$type<WaitlistStatus>(),
    partySize: p.integer(),
    /** Between these it would begin. */
    earliestAt: p.datetime(3),
    latestAt: p.datetime(3),
    customerId: p.uuid().nullable(),
    conversationId: p.uuid().nullable(),
    guestName: p.text().nullable(),
    /** What it was offered. */
    reservationId: p.uuid().nullable(),
    offeredUntil: p.datetime(3).nullable(),
    /** When it was last looked whether there is something for it. */
    lookedAt: p.datetime(3),
    idempotencyKey: p.text(),
    requestHash: p.text(),
    createdAt: p.datetime(3),
  },
});
