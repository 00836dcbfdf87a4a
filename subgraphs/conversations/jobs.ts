// Job contracts of conversations: hints that carry ids.
import { z } from 'zod';
import { quotaJobs, quotaReactions } from '../kernel/graphql/quota.keeper.js';
import { defineEraseJob, eraseReaction } from '../kernel/messaging/erasure.js';
import { defineJob, type JobReaction, type JobTrigger } from '../kernel/messaging/jobs.js';
import { purgeJobOf, purgeReaction } from '../kernel/messaging/retention.js';
import { requestedRotation, rotateKeysJobOf } from '../kernel/messaging/key-jobs.js';
import { defineExportTenantJob, exportTenantReaction } from '../kernel/messaging/tenant-export.js';
import { AssignmentWanted, AttachmentReceived, LabelDeleted } from './events.js';

export const ingestJob = defineJob({
  name: 'conversations.ingest', description: 'Reads a stored webhook delivery again that could not be read at first.',
  payload: z.object({ tenantId: z.uuid(), deliveryId: z.uuid() }), concurrency: 2, key: ({ deliveryId }) => deliveryId,
});

export const sendJob = defineJob({
  name: 'conversations.send', description: 'Hands the waiting messages of one conversation to the provider, in order, when the first of them is to be tried again.',
  payload: z.object({ tenantId: z.uuid(), conversationId: z.uuid(), messageId: z.uuid(), rank: z.number().int().nonnegative().optional() }), concurrency: 8, key: ({ messageId }) => messageId,
  // The third message of one tenant goes after the second of every other: who has thousands waiting delays nobody who has few.
  rank: ({ rank = 0 }) => rank,
});

const ofAttachment = z.object({ tenantId: z.uuid(), attachmentId: z.uuid() });

export const fetchMediaJob = defineJob({
  name: 'conversations.fetchMedia', description: "Gets a customer's file from the provider.",
  payload: ofAttachment, concurrency: 4, key: ({ attachmentId }) => attachmentId,
});

export const removeMediaJob = defineJob({
  name: 'conversations.removeMedia', description: 'Deletes a file that is not wanted any more.',
  payload: ofAttachment, concurrency: 2, key: ({ attachmentId }) => attachmentId,
});

const attention = z.object({ tenantId: z.uuid(), dedupeKey: z.string() });
const attentionKey = ({ tenantId, dedupeKey }: z.infer<typeof attention>): string => `${tenantId}/${dedupeKey}`;

export const announceAttentionJob = defineJob({
  name: 'conversations.announceAttention', description: 'Asks again that staff be told of something, because identity has not confirmed it.',
  payload: attention, concurrency: 1, key: attentionKey,
});

export const confirmAttentionJob = defineJob({
  name: 'conversations.confirmAttention', description: 'Notes that staff were told of something.',
  payload: attention, concurrency: 2, key: attentionKey,
});

export const releaseJob = defineJob({
  name: 'conversations.release', description: 'Takes a person who was removed off their open conversations, and says so.',
  payload: z.object({ tenantId: z.uuid(), userId: z.uuid() }), concurrency: 1, key: ({ tenantId, userId }) => `${tenantId}-${userId}`,
});

export const wakeJob = defineJob({
  name: 'conversations.wake', description: 'Opens a snoozed conversation whose time has come.',
  payload: z.object({ tenantId: z.uuid(), conversationId: z.uuid() }), concurrency: 2, key: ({ conversationId }) => conversationId,
});

export const noteColleagueJob = defineJob({
  name: 'conversations.noteColleague', description: 'Notes who works in a tenant, and takes those who left off their open conversations.',
  payload: z.object({ tenantId: z.uuid(), userId: z.uuid(), status: z.enum(['ACTIVE', 'SUSPENDED', 'DELETED']), revision: z.number().int() }),
  concurrency: 2, key: ({ tenantId, userId, revision }) => `${tenantId}-${userId}-${revision}`,
});

export const removeLabelJob = defineJob({
  name: 'conversations.removeLabel', description: 'Takes a label that was deleted off the conversations that bear it.',
  payload: z.object({ tenantId: z.uuid(), labelId: z.uuid() }), concurrency: 1, key: ({ labelId }) => labelId,
});

export const notePresenceJob = defineJob({
  name: 'conversations.notePresence', description: 'Notes whether a colleague is there; who comes is given what waits.',
  payload: z.object({ tenantId: z.uuid(), userId: z.uuid(), status: z.enum(['ONLINE', 'AWAY', 'BUSY', 'OFFLINE']), saidAt: z.iso.datetime(), endsAt: z.iso.datetime() }),
  // Queues take no colon in a key.
  concurrency: 2, key: ({ tenantId, userId, saidAt }) => `${tenantId}-${userId}-${Date.parse(saidAt)}`,
});

export const noteInboxBotJob = defineJob({
  name: 'conversations.noteInboxBot', description: 'Notes which bot serves an inbox, and opens what was with another.',
  payload: z.object({ tenantId: z.uuid(), inboxId: z.uuid(), botId: z.uuid().nullable(), revision: z.number().int() }), concurrency: 1, key: ({ inboxId, revision }) => `${inboxId}-${revision}`,
});

export const giveOutJob = defineJob({
  name: 'conversations.giveOut', description: 'Gives out the conversations of an inbox that wait for somebody.',
  payload: z.object({ tenantId: z.uuid(), inboxId: z.uuid() }), concurrency: 2, key: ({ inboxId }) => inboxId,
});

export const remindGuestJob = defineJob({
  name: 'conversations.remindGuest', description: 'Reminds a guest of what they booked.',
  payload: z.object({
    tenantId: z.uuid(), reservationId: z.uuid(), kind: z.enum(['H24', 'H2']), startsAt: z.iso.datetime(), conversationId: z.uuid().nullable(), contactIds: z.array(z.uuid()).max(100),
    venue: z.string().max(200), timeZone: z.string().max(100), partySize: z.number().int(),
  }),
  concurrency: 2, key: ({ reservationId, kind, startsAt }) => `${reservationId}-${kind}-${Date.parse(startsAt)}`,
});

export const refreshTokenJob = defineJob({
  name: 'conversations.refreshToken', description: 'Exchanges the token of an inbox, which is about to end, for a longer one.',
  payload: z.object({ tenantId: z.uuid(), inboxId: z.uuid() }), concurrency: 1, key: ({ inboxId }) => inboxId,
});

export const noteAddressJob = defineJob({
  name: 'conversations.noteAddress', description: 'Gives an inbox that was made before addresses were kept its address at the provider.',
  payload: z.object({ tenantId: z.uuid(), inboxId: z.uuid() }), concurrency: 1, key: ({ inboxId }) => inboxId,
});

export const rotateKeysJob = rotateKeysJobOf('conversations');

export const limitJobs = quotaJobs('conversations');

export const eraseJob = defineEraseJob('conversations');
export const exportTenantJob = defineExportTenantJob('conversations');

export const purgeJob = purgeJobOf('conversations');

export const jobs = [fetchMediaJob, removeMediaJob, purgeJob, ingestJob, sendJob, announceAttentionJob, confirmAttentionJob, releaseJob, eraseJob, exportTenantJob, rotateKeysJob, ...Object.values(limitJobs),
  wakeJob, noteColleagueJob,
  removeLabelJob,
  notePresenceJob, giveOutJob, noteInboxBotJob,
];


export const triggers: JobTrigger[] = [
  { event: AttachmentReceived, job: fetchMediaJob, payload: (tenantId, event) => ({ tenantId, ...AttachmentReceived.payload.parse(event) }) },
  { event: LabelDeleted, job: removeLabelJob, payload: (tenantId, event) => ({ tenantId, ...LabelDeleted.payload.parse(event) }) },
  { event: AssignmentWanted, job: giveOutJob, payload: (tenantId, event) => ({ tenantId, ...AssignmentWanted.payload.parse(event) }) },
];

/** Of identity's announcements, what is read here. */
const userRemoved = z.object({ userId: z.uuid() });
const staffNotified = z.object({ dedupeKey: z.string() });
const inboxBotChanged = z.object({ inboxId: z.uuid(), botId: z.uuid().nullable(), revision: z.number().int() });
const presenceStated = z.object({ userId: z.uuid(), status: z.enum(['ONLINE', 'AWAY', 'BUSY', 'OFFLINE']), saidAt: z.iso.datetime(), endsAt: z.iso.datetime() });
const membershipChanged = z.object({ userId: z.uuid(), status: z.enum(['ACTIVE', 'SUSPENDED', 'DELETED']), revision: z.number().int() });

export const reactions: JobReaction[] = [
  eraseReaction(eraseJob), purgeReaction(purgeJob), exportTenantReaction(exportTenantJob),
  { from: 'identity', event: 'UserRemoved', version: 1, job: releaseJob, payload: (tenantId, event) => ({ tenantId, ...userRemoved.parse(event) }) },
  { from: 'identity', event: 'MembershipChanged', version: 1, job: noteColleagueJob, payload: (tenantId, event) => ({ tenantId, ...membershipChanged.parse(event) }) },
  { from: 'identity', event: 'PresenceAnnounced', version: 1, job: notePresenceJob, payload: (tenantId, event) => ({ tenantId, ...presenceStated.parse(event) }) },
  { from: 'tenancy', event: 'InboxBotChanged', version: 1, job: noteInboxBotJob, payload: (tenantId, event) => ({ tenantId, ...inboxBotChanged.parse(event) }) },
  ...quotaReactions('tenancy', limitJobs),
  { from: 'identity', event: 'StaffNotified', version: 1, job: confirmAttentionJob, payload: (tenantId, event) => ({ tenantId, ...staffNotified.parse(event) }) },
  { from: 'tenancy', event: 'TenantKeyRotationRequested', version: 1, job: rotateKeysJob, payload: requestedRotation },
];
