// The typed tables of this subgraph for Kysely reads.
import type { Tx } from '../kernel/data/database.js';
import { rows, type Tables } from '../kernel/data/kysely.js';
import { Attachment } from './attachment/attachment.entity.js';
import { AttentionRequest } from './attention/attention.entity.js';
import { ContactConsent } from './contact/contact.consent.entity.js';
import { Contact, ContactIdentity } from './contact/contact.entity.js';
import { Conversation, ConversationRead } from './conversation/conversation.entity.js';
import { Inbox } from './inbox/inbox.entity.js';
import { DeliveryStatus, Message, MessageAmendment, SendRequest, Watermark } from './message/message.entity.js';
import { Outbound } from './outbound/outbound.entity.js';
import { Pace } from './outbound/pace.entity.js';
import { MessageTemplate } from './template/message-template.entity.js';
import { WebhookDelivery } from './webhook-delivery/webhook-delivery.entity.js';

export const entities = [
  Inbox, Contact, ContactIdentity, Conversation, ConversationRead, Message, DeliveryStatus, MessageAmendment, Watermark, SendRequest, Outbound, WebhookDelivery,
  AttentionRequest,
  ContactConsent, MessageTemplate, Pace,
  Attachment,
];

export type ConversationTables = Tables<
  | typeof Inbox | typeof Contact | typeof ContactIdentity | typeof Conversation | typeof ConversationRead
  | typeof Message | typeof DeliveryStatus | typeof MessageAmendment | typeof Watermark | typeof SendRequest | typeof Outbound | typeof WebhookDelivery | typeof AttentionRequest
  | typeof ContactConsent | typeof MessageTemplate | typeof Pace
  | typeof Attachment
>;

export const db = (tx: Tx) => rows<ConversationTables>(tx);
