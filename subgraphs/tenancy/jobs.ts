// Job contracts of tenancy: hints that carry ids.
import { z } from 'zod';
import { TenantKeyRotationRequested } from './events.js';
import { keysRotatedOf, requestedRotation, rotateKeysJobOf } from '../kernel/messaging/key-jobs.js';
import { recountJobOf } from '../kernel/graphql/quota.keeper.js';
import { defineEraseJob } from '../kernel/messaging/erasure.js';
import { defineJob, type JobReaction, type JobTrigger } from '../kernel/messaging/jobs.js';
import { defineExportTenantJob, exportPartAnswer } from '../kernel/messaging/tenant-export.js';
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

const confirmed = (from: (typeof KEY_HOLDERS)[number]) => (tenantId: string, event: unknown) => ({ tenantId, subgraph: from, ...keysRotated.parse(event) });

export const rotateKeysJob = rotateKeysJobOf('tenancy');
export const TenancyKeysRotated = keysRotatedOf('tenancy');

/** It seals something itself, and is asked and answers as the others. */
export const keyTriggers: JobTrigger[] = [
  { event: TenantKeyRotationRequested, job: rotateKeysJob, payload: requestedRotation },
  { event: TenancyKeysRotated, job: confirmKeyRotationJob, payload: confirmed('tenancy') },
];

export const keyReactions: JobReaction[] = KEY_HOLDERS.filter((from) => from !== 'tenancy').map((from) => ({
  from, event: `${from[0]?.toUpperCase() ?? ''}${from.slice(1)}KeysRotated`, version: 1, job: confirmKeyRotationJob,
  payload: confirmed(from),
}));
const inboxBot = z.object({ tenantId: z.uuid(), inboxId: z.uuid() });

export const announceInboxBotJob = defineJob({
  name: 'tenancy.announceInboxBot', description: 'Says again which bot serves an inbox, because that is not noted.',
  payload: inboxBot, concurrency: 1, key: ({ inboxId }) => inboxId,
});

export const confirmInboxBotJob = defineJob({
  name: 'tenancy.confirmInboxBot', description: 'Notes that it is known which bot serves an inbox.',
  payload: inboxBot.extend({ revision: z.number().int() }), concurrency: 1, key: ({ inboxId, revision }) => `${inboxId}-${revision}`,
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

export const orderRetentionJob = defineJob({
  name: 'tenancy.orderRetention', description: 'Orders that what a tenant does not keep any longer be deleted.',
  payload: z.object({ tenantId: z.uuid() }), concurrency: 1, key: ({ tenantId }) => tenantId,
});

export const eraseJob = defineEraseJob('tenancy');

export const exportTenantJob = defineExportTenantJob('tenancy');

export const noteExportPartJob = defineJob({
  name: 'tenancy.noteExportPart', description: 'Keeps what a subgraph says of its part of an export.',
  payload: exportPartAnswer.extend({ subgraph: z.string() }), concurrency: 1, key: ({ exportId, subgraph, attempt }) => `${exportId}-${subgraph}-${attempt}`,
});

export const runTenantExportJob = defineJob({
  name: 'tenancy.runExport', description: 'Does what is due for an export of a tenant: orders parts again, assembles the archive, deletes it when its time is over.',
  payload: z.object({ tenantId: z.uuid(), exportId: z.uuid() }), concurrency: 2, key: ({ exportId }) => exportId,
});

export const reactions: JobReaction[] = [{
  from: 'identity', event: 'TenantRegistered', version: 1, job: openJob,
  payload: (_tenant, event) => {
    const { tenantId, ...rest } = tenantRegistered.parse(event);
    return { id: tenantId, tier: TenantTier.FREE, ...rest };
  },
}];

export const announceLimitsJob = defineJob({
  name: 'tenancy.announceLimits', description: 'Announces again what a tenant is granted, because not everybody who counts has it in force.',
  payload: z.object({ tenantId: z.uuid() }), concurrency: 1, key: ({ tenantId }) => tenantId,
});

export const noteUsageJob = defineJob({
  name: 'tenancy.noteUsage', description: 'Keeps what a subgraph reports of the use of limits, and says so.',
  payload: z.object({
    tenantId: z.uuid(), consumer: z.enum(['identity', 'conversations', 'compliance']), limitsVersion: z.number().int(),
    measures: z.array(z.object({
      name: z.string(), startsAt: z.iso.datetime(), endsAt: z.iso.datetime().nullable(), used: z.number().int(), over: z.number().int(), revision: z.number().int(),
    })),
  }),
  concurrency: 2,
  key: ({ tenantId, consumer, measures }) => `${tenantId}-${consumer}-${measures.map(({ name, revision }) => `${name}-${revision}`).join('-')}`,
});

export const recountJob = recountJobOf('tenancy');

export const settlePlanJob = defineJob({
  name: 'tenancy.settlePlan', description: "Does what a month's end brings: the change of plan that was chosen for it, and the next invoice.",
  payload: z.object({ tenantId: z.uuid() }), concurrency: 1, key: ({ tenantId }) => tenantId,
});

export const announceAlertsJob = defineJob({
  name: 'tenancy.announceAlerts', description: 'Asks again that owners be told of what is nearly used up, because identity has not confirmed it.',
  payload: z.object({ tenantId: z.uuid() }), concurrency: 1, key: ({ tenantId }) => tenantId,
});

export const confirmAlertJob = defineJob({
  name: 'tenancy.confirmAlert', description: 'Notes that owners were told of what is nearly used up.',
  payload: z.object({ tenantId: z.uuid(), dedupeKey: z.string() }), concurrency: 1,
  // Queues take no colon in a key.
  key: ({ tenantId, dedupeKey }) => `${tenantId}/${dedupeKey.replaceAll(':', '_')}`,
});

export const sendWebhooksJob = defineJob({
  name: 'tenancy.sendWebhooks', description: 'Calls an endpoint of a tenant with what is due for it.',
  // Waiting for an answer takes no connection: many are called at once, so that one that is slow keeps nobody waiting.
  payload: z.object({ tenantId: z.uuid(), endpointId: z.uuid() }), concurrency: 16, key: ({ endpointId }) => endpointId,
});
