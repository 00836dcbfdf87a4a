// What tenancy announces. Payloads carry ids; whoever needs more reads it with its own rights.
import { z } from 'zod';
import { defineEvent } from '../kernel/messaging/events.js';

export const TenantOpened = defineEvent({
  name: 'TenantOpened', version: 1, description: 'A registered tenant is there. Said again whenever it is registered again.',
  payload: z.object({ tenantId: z.uuid() }), example: { tenantId: '01930000-0000-7000-8000-000000000005' }, feed: false,
});

export const events = [TenantOpened];
