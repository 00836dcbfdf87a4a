// Job contracts of identity: hints that carry ids.
import { z } from 'zod';
import { defineJob } from '../kernel/messaging/jobs.js';

export const mailJob = defineJob({
  name: 'identity.mail', description: 'Sends one queued mail.',
  payload: z.object({ home: z.uuid(), mailId: z.uuid() }), concurrency: 4, key: ({ mailId }) => mailId,
});

export const announceJob = defineJob({
  name: 'identity.announce', description: 'Announces a registered tenant again, because tenancy has not confirmed it.',
  payload: z.object({ tenantId: z.uuid() }), concurrency: 1, key: ({ tenantId }) => tenantId,
});

export const confirmJob = defineJob({
  name: 'identity.confirm', description: 'Notes that tenancy has taken over a registered tenant.',
  payload: z.object({ tenantId: z.uuid() }), concurrency: 1, key: ({ tenantId }) => tenantId,
});
