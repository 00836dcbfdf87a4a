// A conversation: the thread between one contact and one inbox; and how far each person has read it.
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Attributes } from '../attribute/attribute.values.js';

export const CONVERSATION_STATUSES = ['OPEN', 'PENDING', 'SNOOZED', 'RESOLVED'] as const;
export type ConversationStatus = (typeof CONVERSATION_STATUSES)[number];

export const CONVERSATION_PRIORITIES = ['LOW', 'MEDIUM', 'HIGH', 'URGENT'] as const;
export type ConversationPriority = (typeof CONVERSATION_PRIORITIES)[number];

export const Conversation = defineEntity({
  name: 'Conversation', tableName: 'conversation', schema: 'conversations',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    inboxId: p.uuid(),
    contactId: p.uuid(),
    displayNumber: p.integer(),
    status: p.text().$type<ConversationStatus>(),
    assigneeId: p.uuid().nullable(),
    teamId: p.uuid().nullable(),
    /** In charge while it is PENDING; then nobody is assigned. */
    botId: p.uuid().nullable(),
    lastSeq: p.integer(),
    inboundCount: p.integer(),
    lastMessageId: p.uuid().nullable(),
    lastActivityAt: p.datetime(3),
    waitingSince: p.datetime(3).nullable(),
    createdAt: p.datetime(3),
    /** The end of the month it was last counted in; null: never. */
    countedUntil: p.datetime(3).nullable(),
    /** That was beyond what the plan allows. */
    overQuota: p.boolean(),
    priority: p.text().$type<ConversationPriority>().nullable(),
    /** Only of a SNOOZED one; null there: until the customer writes. */
    snoozedUntil: p.datetime(3).nullable(),
    /** When somebody first answered the customer. */
    firstReplyAt: p.datetime(3).nullable(),
    /** Only of a RESOLVED one. */
    resolvedAt: p.datetime(3).nullable(),
    /** When the customer last wrote, by the provider's clock; what opens the window to write to them. */
    lastInboundAt: p.datetime(3).nullable(),
    attributes: p.json().$type<Attributes>(),
  },
});

export const ConversationRead = defineEntity({
  name: 'ConversationRead', tableName: 'conversation_read', schema: 'conversations',
  properties: {
    conversationId: p.uuid().primary(),
    userId: p.uuid().primary(),
    tenantId: p.uuid(),
    /** Inbound messages of the conversation when the person last read it. */
    inboundCount: p.integer(),
    readAt: p.datetime(3),
  },
});
