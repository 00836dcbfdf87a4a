// What identity announces of people. Payloads carry ids.
import { z } from 'zod';
import { defineEvent } from '../../kernel/messaging/events.js';

const payload = z.object({ userId: z.uuid() });
const example = { userId: '01930000-0000-7000-8000-000000000011' };

export const UserSuspended = defineEvent({
  name: 'UserSuspended', version: 1, description: 'A person was suspended in a tenant: they can do nothing there until they are reactivated.',
  payload, example, feed: false,
});

export const UserRemoved = defineEvent({
  name: 'UserRemoved', version: 1, description: 'A person was removed from a tenant for good: their open work needs somebody else.',
  payload, example, feed: false,
});
