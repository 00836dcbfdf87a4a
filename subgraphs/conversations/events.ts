// What conversations announces. Payloads carry ids; whoever needs more reads it with its own rights.
import { z } from 'zod';
import { encodeId } from '../kernel/base/ids.js';
import { quotaReport } from '../kernel/graphql/quota.keeper.js';
import { defineEvent } from '../kernel/messaging/events.js';
import { GUEST_REMINDER_OUTCOMES } from './guest-reminder/guest-reminder.outcome.js';
import { keysRotatedOf } from '../kernel/messaging/key-jobs.js';

const messageIds = z.object({ messageId: z.uuid(), conversationId: z.uuid(), inboxId: z.uuid() });
const example = {
  messageId: '01930000-0000-7000-8000-000000000001',
  conversationId: '01930000-0000-7000-8000-000000000002',
  inboxId: '01930000-0000-7000-8000-000000000003',
};

export const MessageAdded = defineEvent({
  name: 'MessageAdded', version: 1, description: 'A message was added to a conversation, in either direction.',
  payload: messageIds, example, feed: true,
});

export const MessageUpdated = defineEvent({
  name: 'MessageUpdated', version: 1, description: 'A message changed: its delivery status moved, it was edited or taken back, or somebody reacted to it.',
  payload: messageIds, example, feed: true,
});

export const ConversationUpdated = defineEvent({
  name: 'ConversationUpdated', version: 1, description: 'A conversation changed otherwise than by a message: its status, who is in charge, its priority, its labels, its attributes or its contact.',
  payload: z.object({ conversationId: z.uuid(), inboxId: z.uuid() }), example: { conversationId: example.conversationId, inboxId: example.inboxId }, feed: true,
});

export const ColleagueNoted = defineEvent({
  name: 'ColleagueNoted', version: 1, description: 'Where a person stands in the tenant is noted here, and of somebody who left no open conversation is left. Identity stops saying it.',
  payload: z.object({ userId: z.uuid(), revision: z.number().int() }), example: { userId: '01930000-0000-7000-8000-000000000011', revision: 1 }, feed: false,
});

export const LabelDeleted = defineEvent({
  name: 'LabelDeleted', version: 1, description: 'A label was deleted, and is to be taken off what bears it.',
  payload: z.object({ labelId: z.uuid() }), example: { labelId: '01930000-0000-7000-8000-000000000031' }, feed: false,
});

export const AttachmentReceived = defineEvent({
  name: 'AttachmentReceived', version: 1, description: 'A customer sent a file that waits to be fetched from the provider.',
  payload: z.object({ attachmentId: z.uuid() }), example: { attachmentId: '01930000-0000-7000-8000-000000000021' }, feed: false,
});

export const StaffNotificationRequested = defineEvent({
  name: 'StaffNotificationRequested', version: 1,
  description: 'Something waits for a person. Those of `userIds` who hold `permission` are to be told; if there is none, everybody who holds it, unless it says `only`.',
  payload: z.object({
    kind: z.enum(['MESSAGE_UNCONFIRMED', 'MESSAGE_FAILED', 'INBOX_DISABLED', 'INBOX_TOKEN_EXPIRING', 'MENTIONED']),
    userIds: z.array(z.uuid()).max(20),
    permission: z.string(),
    /** Nobody is told in their stead. */
    only: z.boolean().optional(),
    /** Global id, as the graph knows it. */
    subjectId: z.string(),
    /** For the words: the display number of the conversation, or the name of the inbox, or that it is about a contact. */
    params: z.union([z.object({ conversation: z.number().int() }), z.object({ inbox: z.string().max(100) }), z.object({ about: z.literal('contact') })]),
    /** Equal keys are one notification to each person. */
    dedupeKey: z.string().max(200),
  }),
  example: {
    kind: 'MESSAGE_UNCONFIRMED', userIds: ['01930000-0000-7000-8000-000000000005'], permission: 'conversation:create',
    subjectId: encodeId('msg', example.messageId), params: { conversation: 12 }, dedupeKey: `${encodeId('msg', example.messageId)}/UNCONFIRMED`,
  },
  feed: false,
});

export const AssignmentWanted = defineEvent({
  name: 'AssignmentWanted', version: 1, description: 'In an inbox that gives conversations out by itself one may wait for somebody, or somebody came to take one.',
  payload: z.object({ inboxId: z.uuid() }), example: { inboxId: example.inboxId }, feed: false,
});

export const InboxBotNoted = defineEvent({
  name: 'InboxBotNoted', version: 1, description: 'Which bot serves an inbox is noted here, and no conversation of it is with another. Tenancy stops saying it.',
  payload: z.object({ inboxId: z.uuid(), revision: z.number().int() }), example: { inboxId: example.inboxId, revision: 1 }, feed: false,
});

export const ConversationsReleased = defineEvent({
  name: 'ConversationsReleased', version: 1, description: 'Somebody who was removed is the assignee of no open conversation any more. Said again whenever it is asked again.',
  payload: z.object({ userId: z.uuid() }), example: { userId: '01930000-0000-7000-8000-000000000011' }, feed: false,
});

export const ConversationsMeasured = defineEvent({
  name: 'ConversationsMeasured', version: 1,
  description: 'How many conversations a tenant had in a month, and which version of its limits is in force here. Of two, the one with the higher revision holds. Said again until tenancy has noted it.',
  payload: quotaReport,
  example: { limitsVersion: 2, measures: [{ name: 'CONVERSATIONS', startsAt: '2026-11-01T00:00:00.000Z', endsAt: '2026-12-01T00:00:00.000Z', used: 100, over: 3, revision: 103 }] },
  feed: false,
});

export const GuestReminderSettled = defineEvent({
  name: 'GuestReminderSettled', version: 1, description: 'What became of the reminder of a guest: it is on its way, or why it is not. Said again whenever the reminder is told of again.',
  payload: z.object({ reservationId: z.uuid(), kind: z.enum(['H24', 'H2']), startsAt: z.iso.datetime(), outcome: z.enum(GUEST_REMINDER_OUTCOMES) }),
  example: { reservationId: '01930000-0000-7000-8000-000000000041', kind: 'H2', startsAt: '2026-12-01T18:00:00.000Z', outcome: 'SENT' }, feed: false,
});

export const events = [
  AttachmentReceived,
  MessageAdded, MessageUpdated, StaffNotificationRequested, ConversationsReleased, ConversationsMeasured, keysRotatedOf('conversations'),
  ConversationUpdated, ColleagueNoted,
  LabelDeleted,
  AssignmentWanted, InboxBotNoted,
];
