// Conversations as one value.
import type { SubgraphModule } from '../kernel/graphql/boot.js';
import { DATA_KEY_CLASSES, DATA_KEY_IDS } from '../kernel/graphql/key-rotation.js';
import { combineSlices } from '../kernel/graphql/slice.js';
import { quotaErrorTypes } from '../kernel/graphql/quota.errors.js';
import { InputInvalid } from '../kernel/graphql/user-errors.js';
import { defineErasedEvent } from '../kernel/messaging/erasure.js';
import { AttachmentResolver, MediaItemResolver } from './attachment/attachment.resolver.js';
import { ContactConsentResolver } from './contact/contact.consent.resolver.js';
import { partContacts } from './contact/contact.erasure.js';
import { ContactNotFound, ContactUnreachable } from './contact/contact.type.js';
import { ConversationResolver } from './conversation/conversation.resolver.js';
import { ConversationStartResolver } from './conversation/conversation.start.resolver.js';
import { ConversationNotFound } from './conversation/conversation.type.js';
import { events } from './events.js';
import { InboxNotFound } from './inbox/inbox.type.js';
import { connectionSlice } from './connection/slice.js';
import { inboxSlice } from './inbox/slice.js';
import { integrationSlice } from './integration/slice.js';
import { webhookDeliverySlice } from './webhook-delivery/slice.js';
import { eraseJob, jobs, reactions, triggers } from './jobs.js';
import {
  ConversationMessagesResolver, MessageAddedResolver, MessageFeedResolver, MessageResolver, MessageUpdatedResolver,
} from './message/message.resolver.js';
import { FeedGap, IdempotencyMismatch, MessageAddedEvent, MessageUpdatedEvent } from './message/message.type.js';
import { MessageReactResolver } from './message/message.react.resolver.js';
import { MessageNotFound } from './message/message.react.type.js';
import { hindranceTypes } from './message/message.hindrance.type.js';
import { first } from './migrations/20261121-01-first.js';
import { attention } from './migrations/20261125-43-attention.js';
import { assigned } from './migrations/20261125-21-assigned.js';
import { keyRotation } from './migrations/20261129-76-key-rotation.js';
import { quota } from './migrations/20261129-80-quota.js';
import { erasedRows } from './migrations/20261129-92-erased-rows.js';
import { metering } from './migrations/20261129-93-metering.js';
import { retention } from './migrations/20261129-96-retention.js';
import { content } from './migrations/20261129-97-content.js';
import { channels } from './migrations/20261129-98-channels.js';
import { consent } from './migrations/20261130-01-consent.js';
import { outboundKinds } from './migrations/20261130-02-outbound-kinds.js';
import { attachment } from './migrations/20261130-21-attachment.js';
import { windows } from './migrations/20261130-03-window.js';
import { templates } from './migrations/20261130-04-template.js';
import { pace } from './migrations/20261130-05-pace.js';
import { twilio } from './migrations/20261130-11-twilio.js';
import { webChat } from './migrations/20261130-12-web-chat.js';
import { staffReactions } from './migrations/20261130-06-reaction.js';
import { api } from './migrations/20261130-13-api.js';
import { lastWrote } from './migrations/20261130-62-last-wrote.js';
import { waiting } from './migrations/20261130-63-waiting.js';
import { watermarkKept } from './migrations/20261201-11-watermark-kept.js';
import { earliestReport } from './migrations/20261201-12-earliest-report.js';
import { visitorFile } from './migrations/20261201-02-visitor-file.js';
import { lastInbound } from './migrations/20261201-14-last-inbound.js';
import { tenantRestored } from './migrations/20261202-64-tenant-restored.js';
import { permissions, rules } from './permissions.js';
import { RetentionResolver } from './retention/retention.resolver.js';
import { PURGE_CLASSES } from '../kernel/messaging/retention.js';
import { searchSlice } from './search/search.slice.js';
import { references } from './references.js';
import { createServices, type ConversationsServices } from './services.js';
import { tenantExport } from './tenant-export.js';
import { tenantSnapshot } from './tenant-snapshot.js';
import { entities } from './tables.js';
import { TemplateResolver } from './template/template.resolver.js';
import { templateTypes } from './template/template.type.js';
import { workSlices } from './work.slices.js';
import { webChatRoutes } from './web-chat/web-chat.routes.js';

const MEGABYTE = 1024 * 1024;

const ConversationsErased = defineErasedEvent('conversations');

export const conversations: SubgraphModule<ConversationsServices> = {
  definition: combineSlices('conversations', [{
    resolvers: [
      MediaItemResolver, AttachmentResolver,
      ConversationResolver, ConversationStartResolver, ConversationMessagesResolver, MessageResolver, MessageAddedResolver, MessageUpdatedResolver, MessageFeedResolver, RetentionResolver,
      TemplateResolver, ContactConsentResolver, MessageReactResolver,
    ],
    orphanedTypes: [InputInvalid, IdempotencyMismatch, ConversationNotFound, ContactNotFound, ContactUnreachable, InboxNotFound, MessageAddedEvent, MessageUpdatedEvent, FeedGap, ...quotaErrorTypes,
      ...hindranceTypes, ...templateTypes, MessageNotFound],
    entities,
    migrations: [first, assigned, attention, keyRotation, quota, erasedRows, metering, retention, content, channels,
      consent, outboundKinds, windows, templates, pace, staffReactions,
      attachment,
      twilio, webChat, api,
      lastWrote,
      waiting,
      watermarkKept,
      earliestReport,
      visitorFile,
      lastInbound,
      tenantRestored,
    ],
    sealed: [{ table: 'inbox', column: 'credentials', row: 'id', tenant: { column: 'tenant_id' } }],
    platformTables: ['webhook_refusal'],
    personalTables: [],
    definerFunctions: ['inbox_by_key'], systemFunctions: [],
    ids: { Inbox: 'inb', Contact: 'cont', Conversation: 'conv', Message: 'msg', Attachment: 'att', User: 'user', Bot: 'bot', Tenant: 'tnt', ...DATA_KEY_IDS },
    nodes: ['Inbox', 'Contact', 'Conversation', 'Message'],
    permissions,
    rules,
    mutations: {
      attachmentUpload: { action: 'attachment.upload', type: 'DATA_WRITE', resource: 'Attachment' },
      messageSend: { action: 'message.send', type: 'DATA_WRITE', resource: 'Message' },
      conversationStart: { action: 'conversation.start', type: 'DATA_WRITE', resource: 'Conversation' },
      messageTemplatesSync: { action: 'message_template.sync', type: 'DATA_WRITE', resource: 'Inbox' },
      messageReact: { action: 'message.request_reaction', type: 'DATA_WRITE', resource: 'Message' },
      contactConsentSet: { action: 'contact.set_consent', type: 'DATA_WRITE', resource: 'Contact' },
      conversationMarkRead: { action: 'conversation.mark_read', type: 'DATA_WRITE', resource: 'Conversation' },
    },
    classes: {
      Message: { conversation: 'plain', status: 'plain', repeated: 'plain' },
      Conversation: { assignee: 'plain', read: 'plain', status: 'plain', message: 'plain', repeated: 'plain' },
      Inbox: { name: 'plain', channel: 'plain', templates: 'plain' },
      Contact: { optedOut: 'plain', source: 'plain' },
      Attachment: { mimeType: 'plain', bytes: 'plain' },
      ...DATA_KEY_CLASSES,
      Tenant: { tier: 'plain', limitsVersion: 'plain', ...PURGE_CLASSES },
    },
    references,
    routes: [
      { name: 'mediaUpload', method: 'PUT', path: '/media/uploads/:token', auth: 'signature', maxBytes: 100 * MEGABYTE, timeoutMs: 60_000, streamMs: 840_000, pages: true },
      { name: 'mediaDownload', method: 'GET', path: '/media/:token', auth: 'signature', maxBytes: 0, timeoutMs: 30_000, answerMs: 600_000, pages: true },
      { name: 'webhookVerify', method: 'GET', path: '/webhooks/:channel/:inboxKey', auth: 'signature', maxBytes: 0, timeoutMs: 10_000 },
      { name: 'webhookReceive', method: 'POST', path: '/webhooks/:channel/:inboxKey', auth: 'signature', maxBytes: 3 * MEGABYTE, timeoutMs: 10_000 },
      ...webChatRoutes,
    ],
    erasure: { kept: {}, first: partContacts, job: eraseJob, event: ConversationsErased },
    tenantExport,
    tenantSnapshot,
    events: [...events, ConversationsErased, tenantExport.event],
    jobs,
    triggers,
    reactions,
  }, inboxSlice, webhookDeliverySlice, integrationSlice, connectionSlice, ...workSlices, searchSlice]),
  services: createServices,
  routes: ({ webhooks, attachments, webChat: chat, connections, appWebhook }) => ({
    metaAppVerify: (request) => appWebhook.verify(request),
    metaAppReceive: (request) => appWebhook.receive(request),
    metaConnectCallback: (request) => connections.callback(request),
    mediaUpload: (request) => attachments.receive.receive(request),
    mediaDownload: (request) => attachments.download.serve(request),
    webhookVerify: (request) => webhooks.verify(request),
    webhookReceive: (request) => webhooks.receive(request),
    webChatPreflight: (request) => chat.preflight(request),
    webChatSession: (request) => chat.session(request),
    webChatSend: (request) => chat.send(request),
    webChatRead: (request) => chat.read(request),
    webChatFile: (request) => chat.file(request),
    webChatTyping: (request) => chat.type(request),
  }),
};
