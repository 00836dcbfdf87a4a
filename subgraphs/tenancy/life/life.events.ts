// What tenancy announces of a tenant's life. Each says where the tenant stands now, so that only the newest counts.
import { z } from 'zod';
import { defineEvent, type EventDefinition } from '../../kernel/messaging/events.js';

const payload = z.object({
  tenantId: z.uuid(), name: z.string().min(1).max(200), state: z.enum(['ACTIVE', 'SUSPENDED', 'DELETING']),
  /** Grows with each change of this tenant. */
  version: z.number().int().positive(),
  /** Of a tenant with white label: what it is called in what people outside see. Absent: the platform's name stands there. */
  brand: z.object({ name: z.string().min(1).max(200), supportUrl: z.string().nullable(), poweredBy: z.boolean() }).optional(),
});
export type TenantLifeEvent = EventDefinition<typeof payload>;

const life = (name: string, state: z.infer<typeof payload>['state'], what: string): TenantLifeEvent => defineEvent({
  name, version: 1, description: `${what} Said again until TenantStateFollowed confirms it.`, payload, feed: false,
  example: { tenantId: '01930000-0000-7000-8000-000000000005', name: 'Osteria Luna', state, version: 3 },
});

export const TenantUpdated = life('TenantUpdated', 'ACTIVE', 'The profile of a tenant was changed.');
export const TenantSuspended = life('TenantSuspended', 'SUSPENDED', 'A tenant is shut to its people and keys; what its customers send is still taken.');
export const TenantReactivated = life('TenantReactivated', 'ACTIVE', 'A suspended tenant works again.');
export const TenantDeletionScheduled = life('TenantDeletionScheduled', 'DELETING', 'A tenant is shut, and is erased when its grace is over.');
export const TenantDeletionCancelled = life('TenantDeletionCancelled', 'ACTIVE', 'A tenant is not erased: it is again what it was.');

export const lifeEvents = [TenantUpdated, TenantSuspended, TenantReactivated, TenantDeletionScheduled, TenantDeletionCancelled];
