// The typed tables of this subgraph for Kysely reads.
import type { Tx } from '../kernel/data/database.js';
import { rows, type Tables } from '../kernel/data/kysely.js';
import { AttentionRequest } from './attention/attention.entity.js';
import { Colleague } from './colleague/colleague.entity.js';
import { Contact, ContactIdentity, ContactMerge } from './contact/contact.entity.js';
import { Conversation, ConversationRead } from './conversation/conversation.entity.js';
import { Inbox } from './inbox/inbox.entity.js';
import { ConversationLabel, Label } from './label/label.entity.js';
import { DeliveryStatus, Message, MessageAmendment, SendRequest, Watermark } from './message/message.entity.js';
import { Note, NoteMention } from './note/note.entity.js';
import { Outbound } from './outbound/outbound.entity.js';
import { WebhookDelivery } from './webhook-delivery/webhook-delivery.entity.js';

export const entities = [
  Inbox, Contact, ContactIdentity, Conversation, ConversationRead, Message, DeliveryStatus, MessageAmendment, Watermark, SendRequest, Outbound, WebhookDelivery,
  AttentionRequest,
  Label, ConversationLabel, Colleague, ContactMerge, Note, NoteMention,
];

export type ConversationTables = Tables<
  | typeof Inbox | typeof Contact | typeof ContactIdentity | typeof Conversation | typeof ConversationRead
  | typeof Message | typeof DeliveryStatus | typeof MessageAmendment | typeof Watermark | typeof SendRequest | typeof Outbound | typeof WebhookDelivery | typeof AttentionRequest
  | typeof Label | typeof ConversationLabel | typeof Colleague | typeof ContactMerge | typeof Note | typeof NoteMention
>;

export const db = (tx: Tx) => rows<ConversationTables>(tx);
