// What identity announces of tenants.
import { z } from 'zod';
import { defineEvent } from '../../kernel/messaging/events.js';

export const TenantStateFollowed = defineEvent({
  name: 'TenantStateFollowed', version: 1,
  description: 'What tenancy said of a tenant is in force: its name at sign-in, and whether its people and keys may work. Answers what tenancy announces until then.',
  payload: z.object({ tenantId: z.uuid(), version: z.number().int() }),
  example: { tenantId: '01930000-0000-7000-8000-000000000005', version: 3 },
  feed: false,
});

export const TenantRegistered = defineEvent({
  name: 'TenantRegistered', version: 1,
  description: 'A person proved their address and so brought a tenant into being. Tenancy creates it and answers with TenantOpened; until then it is announced again.',
  payload: z.object({
    tenantId: z.uuid(), name: z.string().min(1).max(200), locale: z.string().max(35), timeZone: z.string().max(64), currency: z.string().regex(/^[A-Z]{3}$/),
  }),
  example: { tenantId: '01930000-0000-7000-8000-000000000005', name: 'Osteria Luna', locale: 'it-IT', timeZone: 'Europe/Rome', currency: 'EUR' },
  feed: false,
});
