// What compliance announces of security events. Payloads carry ids; whoever needs more reads it with its own rights.
import { z } from 'zod';
import { defineEvent } from '../../kernel/messaging/events.js';

export const SecurityEventAdded = defineEvent({
  name: 'SecurityEventAdded', version: 1, description: 'Something in a tenant looks like an attack and waits to be acknowledged.',
  payload: z.object({ securityEventId: z.uuid() }), example: { securityEventId: '01930000-0000-7000-8000-000000000021' }, feed: true,
});
