// What tenancy announces when the grace of a tenant is over.
import { z } from 'zod';
import { defineEvent } from '../../kernel/messaging/events.js';

export const TenantErasureOrdered = defineEvent({
  name: 'TenantErasureOrdered', version: 1,
  description: 'The grace of a tenant is over: every subgraph deletes all it has of it and answers. Said again until all have.',
  payload: z.object({ tenantId: z.uuid() }), example: { tenantId: '01930000-0000-7000-8000-000000000005' }, feed: false,
});
