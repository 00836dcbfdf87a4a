// What tenancy announces. Payloads carry ids; whoever needs more reads it with its own rights.
import { z } from 'zod';
import { defineEvent } from '../kernel/messaging/events.js';

export const TenantOpened = defineEvent({
  name: 'TenantOpened', version: 1, description: 'A registered tenant is there. Said again whenever it is registered again.',
  payload: z.object({ tenantId: z.uuid() }), example: { tenantId: '01930000-0000-7000-8000-000000000005' }, feed: false,
});

export const TenantKeyRotationRequested = defineEvent({
  name: 'TenantKeyRotationRequested', version: 1,
  description: 'Whoever seals something with a key of this tenant is to take a new one, and to answer. Said again until all have.',
  payload: z.object({ rotationId: z.uuid() }), example: { rotationId: '01930000-0000-7000-8000-000000000041' }, feed: false,
});
