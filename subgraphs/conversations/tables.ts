// The typed tables of this subgraph for Kysely reads.
import type { Tx } from '../kernel/data/database.js';
import { rows, type Tables } from '../kernel/data/kysely.js';
import { Attachment } from './attachment/attachment.entity.js';
import { AttentionRequest } from './attention/attention.entity.js';
import { Colleague } from './colleague/colleague.entity.js';
import { InboxConnection } from './connection/connection.entity.js';
import { ContactConsent } from './contact/contact.consent.entity.js';
import { Contact, ContactIdentity, ContactMerge } from './contact/contact.entity.js';
import { Conversation, ConversationRead } from './conversation/conversation.entity.js';
import { ContactCard, CustomIntegration } from './custom-integration/custom-integration.entity.js';
import { ConversationLabel, Label } from './label/label.entity.js';
import { Inbox, InboxFailure } from './inbox/inbox.entity.js';
import { ContactWatermark, DeliveryStatus, Message, MessageAmendment, SendRequest, Watermark } from './message/message.entity.js';
import { Note, NoteMention } from './note/note.entity.js';
import { Outbound } from './outbound/outbound.entity.js';
import { Pace } from './outbound/pace.entity.js';
import { Team, TeamMember } from './team/team.entity.js';
import { MessageTemplate } from './template/message-template.entity.js';
import { WebhookDelivery } from './webhook-delivery/webhook-delivery.entity.js';
import { WebhookReplay } from './webhook-delivery/webhook-replay.entity.js';

export const entities = [
  Inbox, Contact, ContactIdentity, Conversation, ConversationRead, Message, DeliveryStatus, MessageAmendment, Watermark, SendRequest, Outbound, WebhookDelivery,
  AttentionRequest,
  Attachment,
  InboxFailure, WebhookReplay, InboxConnection,
  ContactConsent, MessageTemplate, Pace,
  Label, ConversationLabel, Colleague, ContactMerge, Note, NoteMention,
  ContactWatermark,
  Team, TeamMember,
  CustomIntegration, ContactCard,
];

export type ConversationTables = Tables<
  | typeof Inbox | typeof Contact | typeof ContactIdentity | typeof Conversation | typeof ConversationRead
  | typeof Message | typeof DeliveryStatus | typeof MessageAmendment | typeof Watermark | typeof SendRequest | typeof Outbound | typeof WebhookDelivery | typeof AttentionRequest
  | typeof Attachment
  | typeof InboxFailure | typeof WebhookReplay | typeof InboxConnection
  | typeof ContactConsent | typeof MessageTemplate | typeof Pace
  | typeof Label | typeof ConversationLabel | typeof Colleague | typeof ContactMerge | typeof Note | typeof NoteMention
  | typeof ContactWatermark
  | typeof Team | typeof TeamMember
  | typeof CustomIntegration | typeof ContactCard
>;

export const db = (tx: Tx) => rows<ConversationTables>(tx);
