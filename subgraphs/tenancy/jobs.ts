// Job contracts of tenancy: hints that carry ids.
import { z } from 'zod';
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

export const reactions: JobReaction[] = [{
  from: 'identity', event: 'TenantRegistered', version: 1, job: openJob,
  payload: (_tenant, event) => {
    const { tenantId, ...rest } = tenantRegistered.parse(event);
    return { id: tenantId, tier: TenantTier.FREE, ...rest };
  },
}];
