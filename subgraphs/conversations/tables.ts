// The typed tables of this subgraph for Kysely reads.
import type { Tx } from '../kernel/data/database.js';
import { rows, type Tables } from '../kernel/data/kysely.js';
import { AttentionRequest } from './attention/attention.entity.js';
import { InboxConnection } from './connection/connection.entity.js';
import { Contact, ContactIdentity } from './contact/contact.entity.js';
import { Conversation, ConversationRead } from './conversation/conversation.entity.js';
import { Inbox, InboxFailure } from './inbox/inbox.entity.js';
import { DeliveryStatus, Message, MessageAmendment, SendRequest, Watermark } from './message/message.entity.js';
import { Outbound } from './outbound/outbound.entity.js';
import { WebhookDelivery } from './webhook-delivery/webhook-delivery.entity.js';
import { WebhookReplay } from './webhook-delivery/webhook-replay.entity.js';

export const entities = [
  Inbox, Contact, ContactIdentity, Conversation, ConversationRead, Message, DeliveryStatus, MessageAmendment, Watermark, SendRequest, Outbound, WebhookDelivery,
  AttentionRequest,
  InboxFailure, WebhookReplay, InboxConnection,
];

export type ConversationTables = Tables<
  | typeof Inbox | typeof Contact | typeof ContactIdentity | typeof Conversation | typeof ConversationRead
  | typeof Message | typeof DeliveryStatus | typeof MessageAmendment | typeof Watermark | typeof SendRequest | typeof Outbound | typeof WebhookDelivery | typeof AttentionRequest
  | typeof InboxFailure | typeof WebhookReplay | typeof InboxConnection
>;

export const db = (tx: Tx) => rows<ConversationTables>(tx);
