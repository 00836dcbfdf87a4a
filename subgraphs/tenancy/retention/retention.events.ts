// What tenancy orders of those who keep what a tenant's people and customers leave behind.
import { z } from 'zod';
import { defineEvent } from '../../kernel/messaging/events.js';

export const RetentionOrdered = defineEvent({
  name: 'RetentionOrdered', version: 1,
  description: 'What is older than this may not be kept any longer. Said once a day of each tenant that works; an order that was lost is made up for by the next.',
  payload: z.object({
    orderedAt: z.iso.datetime(),
    /** By class of data. */
    before: z.record(z.string(), z.iso.datetime()),
  }),
  example: { orderedAt: '2026-11-29T10:00:00.000Z', before: { MESSAGES: '2021-11-30T10:00:00.000Z', SESSIONS: '2026-06-02T10:00:00.000Z' } },
  feed: false,
});
