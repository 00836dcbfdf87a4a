// A message, what the provider said of its delivery, and the requests that sent it.
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { DeliveryState } from '../channel/channel.port.js';

export const MESSAGE_STATUSES = ['RECEIVED', 'QUEUED', 'SENT', 'DELIVERED', 'READ', 'FAILED', 'UNCONFIRMED'] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];
export type MessageDirection = 'INBOUND' | 'OUTBOUND';
export type MessageType = 'TEXT' | 'UNSUPPORTED';
export type AuthorKind = 'CONTACT' | 'USER';

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
    status: p.text().$type<MessageStatus>(),
    authorKind: p.text().$type<AuthorKind>(),
    authorId: p.uuid(),
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
