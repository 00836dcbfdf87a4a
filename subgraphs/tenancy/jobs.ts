// Job contracts of tenancy: hints that carry ids.
import { z } from 'zod';
import { defineJob, type JobReaction } from '../kernel/messaging/jobs.js';
import { KEY_HOLDERS } from './key/key-rotation.entity.js';
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

const rotation = z.object({ tenantId: z.uuid(), rotationId: z.uuid() });
const keysRotated = z.object({ rotationId: z.uuid(), resealed: z.number().int(), unreadable: z.number().int() });

export const announceKeyRotationJob = defineJob({
  name: 'tenancy.announceKeyRotation', description: 'Asks again for the rotation of a tenant\'s keys, because not everybody has answered.',
  payload: rotation, concurrency: 1, key: ({ rotationId }) => rotationId,
});

export const confirmKeyRotationJob = defineJob({
  name: 'tenancy.confirmKeyRotation', description: 'Notes that a subgraph has rotated the key of a tenant.',
  payload: rotation.extend({ subgraph: z.enum(KEY_HOLDERS), ...keysRotated.shape }), concurrency: 1, key: ({ rotationId, subgraph }) => `${rotationId}-${subgraph}`,
});

export const keyReactions: JobReaction[] = KEY_HOLDERS.map((from) => ({
  from, event: `${from[0]?.toUpperCase() ?? ''}${from.slice(1)}KeysRotated`, version: 1, job: confirmKeyRotationJob,
  payload: (tenantId, event) => ({ tenantId, subgraph: from, ...keysRotated.parse(event) }),
}));

export const reactions: JobReaction[] = [{
  from: 'identity', event: 'TenantRegistered', version: 1, job: openJob,
  payload: (_tenant, event) => {
    const { tenantId, ...rest } = tenantRegistered.parse(event);
    return { id: tenantId, tier: TenantTier.FREE, ...rest };
  },
}];
