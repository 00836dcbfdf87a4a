// The services of conversations, wired once for each running subgraph or worker.
import { crashAt, type CrashPoint } from '../kernel/base/crash-points.js';
import type { SubgraphDeps } from '../kernel/graphql/boot.js';
import { QuotaKeeper } from '../kernel/graphql/quota.keeper.js';
import { openStorage } from '../kernel/storage/storage.open.js';
import { publicFetch } from '../kernel/base/public-address.js';
import { AttachmentDownload } from './attachment/attachment.download.js';
import { AttachmentLinks } from './attachment/attachment.link.js';
import { AttachmentFetch } from './attachment/attachment.fetch.js';
import { AttachmentReceive } from './attachment/attachment.receive.js';
import { AttachmentUploads } from './attachment/attachment.upload.js';
import { AttachmentRemoval } from './attachment/attachment.removal.js';
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
  attachmentFetch: AttachmentFetch;
  attachmentRemoval: AttachmentRemoval;
  attachmentLinks: AttachmentLinks;
  attachmentDownload: AttachmentDownload;
  attachmentUploads: AttachmentUploads;
  attachmentReceive: AttachmentReceive;
  attention: AttentionService;
  limits: QuotaKeeper;
  retention: RetentionService;
  crash: CrashPoint<ConversationsCrashPoint>;
  deps: SubgraphDeps;
}

export function createServices(deps: SubgraphDeps): ConversationsServices {
  const { database, unit, clock, logger, config } = deps;
  const crash = crashAt(config.crashAt);
  const storage = openStorage(config);
  const attachmentLinks = new AttachmentLinks(deps.envelope, clock);
  const inboxes = new InboxService(database, deps.envelope, unit, logger);
  const providers = { meta: config.metaGraphUrl ?? META_GRAPH_URL };
  return {
    inboxes,
    contacts: new ContactService(unit),
    conversations: new ConversationService(),
    release: new ConversationRelease(unit),
    messages: new MessageService(deps.feed),
    webhooks: new WebhookDeliveryService({ unit, inboxes, logger, crash }),
    ingest: new WebhookIngestService({ database, unit, inboxes, crash }),
    outbound: new OutboundService({ database, unit, clock, inboxes, providers, crash }),
    attachmentFetch: new AttachmentFetch({ database, unit, inboxes, storage, providers, envelope: deps.envelope, fetch: publicFetch({ trusted: Object.values(providers) }), logger, crash }),
    attachmentLinks,
    attachmentDownload: new AttachmentDownload(deps, storage, attachmentLinks),
    attachmentUploads: new AttachmentUploads(deps.envelope, config.publicUrl),
    attachmentReceive: new AttachmentReceive(deps, storage, attachmentLinks),
    attachmentRemoval: new AttachmentRemoval(unit, storage, crash),
    attention: new AttentionService(unit),
    limits: new QuotaKeeper(unit, conversationQuotas(), { measured: ConversationsMeasured, action: 'tenant_limit.apply' }, logger),
    retention: new RetentionService(unit, crash),
    crash,
    deps,
  };
}
