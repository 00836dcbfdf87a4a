// Job contracts of tenancy: hints that carry ids.
import { z } from 'zod';
import { defineEraseJob } from '../kernel/messaging/erasure.js';
import { defineJob, type JobReaction } from '../kernel/messaging/jobs.js';
import { TenantTier } from './tenant/tenant.type.js';

/** Of identity's announcement, what is read here. */
const tenantRegistered = z.object({ tenantId: z.uuid(), name: z.string(), locale: z.string(), timeZone: z.string(), currency: z.string() });

export const openJob = defineJob({
  name: 'tenancy.open', description: 'Creates a tenant that was registered, and says so.',
  payload: z.object({
    id: z.uuid(), name: z.string(), tier: z.enum(TenantTier), locale: z.string(), timeZone: z.string(), currency: z.string(),
  }),
  concurrency: 2, key: ({ id }) => id,
});

export const announceLifeJob = defineJob({
  name: 'tenancy.announceLife', description: 'Announces again where a tenant stands, because identity has not confirmed it.',
  payload: z.object({ tenantId: z.uuid() }), concurrency: 1, key: ({ tenantId }) => tenantId,
});

export const confirmLifeJob = defineJob({
  name: 'tenancy.confirmLife', description: 'Notes that where a tenant stands is in force.',
  payload: z.object({ tenantId: z.uuid(), version: z.number().int() }), concurrency: 1, key: ({ tenantId, version }) => `${tenantId}-${version}`,
});

export const beginErasureJob = defineJob({
  name: 'tenancy.beginErasure', description: 'Orders the erasure of a tenant whose grace is over.',
  payload: z.object({ tenantId: z.uuid() }), concurrency: 1, key: ({ tenantId }) => tenantId,
});

export const repeatErasureJob = defineJob({
  name: 'tenancy.repeatErasure', description: 'Orders an erasure again, because not every subgraph has answered.',
  payload: z.object({ tenantId: z.uuid() }), concurrency: 1, key: ({ tenantId }) => tenantId,
});

export const noteErasureJob = defineJob({
  name: 'tenancy.noteErasure', description: 'Keeps the answer of a subgraph that has erased a tenant.',
  payload: z.object({ tenantId: z.uuid(), subgraph: z.string(), tables: z.array(z.object({ table: z.string(), rows: z.number() })) }),
  concurrency: 1, key: ({ tenantId, subgraph }) => `${tenantId}-${subgraph}`,
});

export const eraseJob = defineEraseJob('tenancy');

export const reactions: JobReaction[] = [{
  from: 'identity', event: 'TenantRegistered', version: 1, job: openJob,
  payload: (_tenant, event) => {
    const { tenantId, ...rest } = tenantRegistered.parse(event);
    return { id: tenantId, tier: TenantTier.FREE, ...rest };
  },
}];
