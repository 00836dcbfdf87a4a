// The services of conversations, wired once for each running subgraph or worker.
import { crashAt, type CrashPoint } from '../kernel/base/crash-points.js';
import type { SubgraphDeps } from '../kernel/graphql/boot.js';
import { QuotaKeeper } from '../kernel/graphql/quota.keeper.js';
import { createAttachments, type AttachmentServices } from './attachment/attachment.services.js';
import { AttentionService } from './attention/attention.service.js';
import { META_GRAPH_URL } from './channel/meta.graph.js';
import { ContactService } from './contact/contact.service.js';
import { ConversationRelease } from './conversation/conversation.release.js';
import { ConversationService } from './conversation/conversation.service.js';
import type { ConversationsCrashPoint } from './conversations.crash.js';
import { InboxService } from './inbox/inbox.service.js';
import { MessageService } from './message/message.service.js';
import { ConversationsMeasured } from './events.js';
import { OutboundService } from './outbound/outbound.service.js';
import { RetentionService } from './retention/retention.service.js';
import { TemplateService } from './template/template.sync.js';
import { conversationQuotas } from './tenant-limit/tenant-limit.js';
import { WebhookIngestService } from './webhook-delivery/webhook-delivery.ingest.js';
import { WebhookDeliveryService } from './webhook-delivery/webhook-delivery.service.js';

export interface ConversationsServices {
  inboxes: InboxService;
  contacts: ContactService;
  conversations: ConversationService;
  release: ConversationRelease;
  messages: MessageService;
  webhooks: WebhookDeliveryService;
  ingest: WebhookIngestService;
  outbound: OutboundService;
  templates: TemplateService;
  attachments: AttachmentServices;
  attention: AttentionService;
  limits: QuotaKeeper;
  retention: RetentionService;
  crash: CrashPoint<ConversationsCrashPoint>;
  deps: SubgraphDeps;
}

export function createServices(deps: SubgraphDeps): ConversationsServices {
  const { database, unit, clock, logger, config } = deps;
  const crash = crashAt(config.crashAt);
  const providers = { meta: config.metaGraphUrl ?? META_GRAPH_URL };
  const inboxes = new InboxService(database, deps.envelope, unit, logger);
  const attachments = createAttachments(deps, { inboxes, providers, crash });
  return {
    inboxes,
    contacts: new ContactService(unit),
    conversations: new ConversationService(),
    release: new ConversationRelease(unit),
    messages: new MessageService(deps.feed),
    webhooks: new WebhookDeliveryService({ unit, inboxes, logger, crash }),
    ingest: new WebhookIngestService({ database, unit, inboxes, crash }),
    outbound: new OutboundService({ database, unit, clock, inboxes, providers, attachments: attachments.sending, crash }),
    templates: new TemplateService(inboxes, providers),
    attachments,
    attention: new AttentionService(unit),
    limits: new QuotaKeeper(unit, conversationQuotas(), { measured: ConversationsMeasured, action: 'tenant_limit.apply' }, logger),
    retention: new RetentionService(unit, crash),
    crash,
    deps,
  };
}
