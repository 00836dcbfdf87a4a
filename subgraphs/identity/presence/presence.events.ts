// Who is there, told to whoever gives people work.
import { z } from 'zod';
import { defineEvent } from '../../kernel/messaging/events.js';
import { PRESENCE_STATUSES } from './presence.entity.js';

export const PresenceAnnounced = defineEvent({
  name: 'PresenceAnnounced', version: 1,
  description: 'Somebody said whether they are there. It holds until `endsAt` unless they say something later; who stays is said again before that.',
  payload: z.object({ userId: z.uuid(), status: z.enum(PRESENCE_STATUSES), saidAt: z.iso.datetime(), endsAt: z.iso.datetime() }),
  example: { userId: '01930000-0000-7000-8000-000000000011', status: 'ONLINE', saidAt: '2026-12-01T08:00:00.000Z', endsAt: '2026-12-01T08:01:30.000Z' }, feed: false,
});
