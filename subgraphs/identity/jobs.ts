// Job contracts of identity: hints that carry ids.
import { z } from 'zod';
import { quotaJobs } from '../kernel/graphql/quota.keeper.js';
import { defineEraseJob } from '../kernel/messaging/erasure.js';
import { defineJob } from '../kernel/messaging/jobs.js';
import { rotateKeysJobOf } from '../kernel/messaging/key-jobs.js';
import { purgeJobOf } from '../kernel/messaging/retention.js';
import { defineExportTenantJob } from '../kernel/messaging/tenant-export.js';
import { staffNotificationRequest } from './notification/notification.events.js';

export const rotateKeysJob = rotateKeysJobOf('identity');

export const purgeJob = purgeJobOf('identity');

export const mailJob = defineJob({
  name: 'identity.mail', description: 'Sends one queued mail.',
  payload: z.object({ home: z.uuid(), mailId: z.uuid() }), concurrency: 4, key: ({ mailId }) => mailId,
});

const removed = z.object({ tenantId: z.uuid(), userId: z.uuid() });

export const announceRemovalJob = defineJob({
  name: 'identity.announceRemoval', description: 'Announces again that a person was removed, because their open work is not released.',
  payload: removed, concurrency: 1, key: ({ tenantId, userId }) => `${tenantId}-${userId}`,
});

export const confirmRemovalJob = defineJob({
  name: 'identity.confirmRemoval', description: 'Notes that the open work of a removed person is released.',
  payload: removed, concurrency: 1, key: ({ tenantId, userId }) => `${tenantId}-${userId}`,
});

const member = z.object({ tenantId: z.uuid(), userId: z.uuid() });

export const announceMemberJob = defineJob({
  name: 'identity.announceMember', description: 'Says where a person stands in a tenant, because that is not noted.',
  payload: member, concurrency: 2, key: ({ tenantId, userId }) => `${tenantId}-${userId}`,
});

export const confirmMemberJob = defineJob({
  name: 'identity.confirmMember', description: 'Notes that it is known where a person stands in a tenant.',
  payload: member.extend({ revision: z.number().int() }), concurrency: 2, key: ({ tenantId, userId, revision }) => `${tenantId}-${userId}-${revision}`,
});

export const announceJob = defineJob({
  name: 'identity.announce', description: 'Announces a registered tenant again, because tenancy has not confirmed it.',
  payload: z.object({ tenantId: z.uuid() }), concurrency: 1, key: ({ tenantId }) => tenantId,
});

export const confirmJob = defineJob({
  name: 'identity.confirm', description: 'Notes that tenancy has taken over a registered tenant.',
  payload: z.object({ tenantId: z.uuid() }), concurrency: 1, key: ({ tenantId }) => tenantId,
});

export const followTenantJob = defineJob({
  name: 'identity.followTenant', description: 'Puts into force what tenancy says of a tenant, and says so.',
  payload: z.object({
    tenantId: z.uuid(), name: z.string().min(1).max(200), state: z.enum(['ACTIVE', 'SUSPENDED', 'DELETING']), version: z.number().int(),
    brand: z.object({ name: z.string().min(1), supportUrl: z.string().nullable(), poweredBy: z.boolean() }).optional(),
  }),
  concurrency: 2, key: ({ tenantId, version }) => `${tenantId}-${version}`,
});

export const eraseJob = defineEraseJob('identity');
export const exportTenantJob = defineExportTenantJob('identity');

export const notifyJob = defineJob({
  name: 'identity.notify', description: 'Tells staff of something that waits for a person.',
  payload: z.object({ tenantId: z.uuid(), request: staffNotificationRequest }), concurrency: 2,
  // Queues take no colon in a key.
  key: ({ tenantId, request }) => `${tenantId}/${request.dedupeKey.replaceAll(':', '_')}`,
});

export const limitJobs = quotaJobs('identity');
