// A message, what the provider said of its delivery, and the requests that sent it.
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { MessageContent, MessageType, Referral, Said } from '../channel/content.js';
import type { Amendment, DeliveryState } from '../channel/inbound.items.js';

export const MESSAGE_STATUSES = ['RECEIVED', 'QUEUED', 'SENT', 'DELIVERED', 'READ', 'FAILED', 'UNCONFIRMED'] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];
export type MessageDirection = 'INBOUND' | 'OUTBOUND';
/** CHANNEL: written by the business in the provider's own app, by nobody we know. SYSTEM: by the product itself, a reminder. */
export type AuthorKind = 'CONTACT' | 'USER' | 'CHANNEL' | 'BOT' | 'SYSTEM';

export const Message = defineEntity({
  name: 'Message', tableName: 'message', schema: 'conversations',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    conversationId: p.uuid(),
    inboxId: p.uuid(),
    seq: p.integer(),
    direction: p.text().$type<MessageDirection>(),
    type: p.text().$type<MessageType>(),
    text: p.text().nullable(),
    content: p.json().$type<MessageContent>().nullable(),
    /** The provider's id of the message it answers. */
    replyTo: p.text().nullable(),
    forwarded: p.boolean(),
    referral: p.json().$type<Referral>().nullable(),
    editedAt: p.datetime(3).nullable(),
    /** Taken back by its author: nothing of what it said is kept. */
    deletedAt: p.datetime(3).nullable(),
    status: p.text().$type<MessageStatus>(),
    authorKind: p.text().$type<AuthorKind>(),
    /** Null exactly when the author is the CHANNEL or the SYSTEM. */
    authorId: p.uuid().nullable(),
    /** The provider's id, once known. */
    externalId: p.text().nullable(),
    errorCode: p.text().nullable(),
    errorTitle: p.text().nullable(),
    raw: p.json().$type<unknown>().nullable(),
    sentAt: p.datetime(3),
    createdAt: p.datetime(3),
  },
});

/** Facts in any order; a message's status is the furthest of them. */
export const DeliveryStatus = defineEntity({
  name: 'DeliveryStatus', tableName: 'delivery_status', schema: 'conversations',
  properties: {
    inboxId: p.uuid().primary(),
    externalId: p.text().primary(),
    state: p.text().$type<DeliveryState>().primary(),
    tenantId: p.uuid(),
    occurredAt: p.datetime(3),
    errorCode: p.text().nullable(),
    errorTitle: p.text().nullable(),
  },
});

/** What was said about a message, by the provider's id of it. */
export const MessageAmendment = defineEntity({
  name: 'MessageAmendment', tableName: 'message_amendment', schema: 'conversations',
  properties: {
    inboxId: p.uuid().primary(),
    externalId: p.text().primary(),
    kind: p.text().$type<'EDIT' | 'DELETION' | 'REACTION'>().primary(),
    side: p.text().$type<Amendment['side']>().primary(),
    tenantId: p.uuid(),
    occurredAt: p.datetime(3),
    eventId: p.text(),
    /** Of an EDIT whose message was not taken back. */
    said: p.json().$type<Said>().nullable(),
    /** Of a REACTION; null: taken off. */
    emoji: p.text().nullable(),
  },
});

/** Up to when a customer has received and read what was sent to them, by the name under which the inbox knows them, or will. */
export const ContactWatermark = defineEntity({
  name: 'ContactWatermark', tableName: 'contact_watermark', schema: 'conversations',
  properties: {
    inboxId: p.uuid().primary(),
    externalId: p.text().primary(),
    state: p.text().$type<'DELIVERED' | 'READ'>().primary(),
    tenantId: p.uuid(),
    upTo: p.datetime(3),
  },
});

/** How far that holds in one conversation. */
export const Watermark = defineEntity({
  name: 'Watermark', tableName: 'watermark', schema: 'conversations',
  properties: {
    conversationId: p.uuid().primary(),
    state: p.text().$type<'DELIVERED' | 'READ'>().primary(),
    tenantId: p.uuid(),
    upTo: p.datetime(3),
    /** Place of the last message it holds for. */
    seq: p.integer(),
  },
});

export const SendRequest = defineEntity({
  name: 'SendRequest', tableName: 'send_request', schema: 'conversations',
  properties: {
    userId: p.uuid().primary(),
    idempotencyKey: p.text().primary(),
    tenantId: p.uuid(),
    requestHash: p.text(),
    messageId: p.uuid(),
    createdAt: p.datetime(3),
  },
});
