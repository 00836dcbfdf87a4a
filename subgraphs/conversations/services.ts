// The services of conversations, wired once for each running subgraph or worker.
import { crashAt, type CrashPoint } from '../kernel/base/crash-points.js';
import { WebhookSecrets } from '../kernel/crypto/webhook-secrets.js';
import type { SubgraphDeps } from '../kernel/graphql/boot.js';
import { QuotaKeeper } from '../kernel/graphql/quota.keeper.js';
import { createAttachments, type AttachmentServices } from './attachment/attachment.services.js';
import { AssignmentGiver } from './assignment/assignment.give.js';
import { AttentionService } from './attention/attention.service.js';
import { InboxBotService } from './bot/bot.note.js';
import type { Providers } from './channel/providers.js';
import { META_GRAPH_URL } from './channel/meta.graph.js';
import { ColleagueService } from './colleague/colleague.service.js';
import { ColleaguePresenceService } from './colleague/colleague.presence.js';
import { TWILIO_URL } from './channel/twilio.channel.js';
import type { ConnectionCrashPoint } from './connection/connection.crash.js';
import { ConnectionService } from './connection/connection.service.js';
import { TokenRefresh } from './connection/token.refresh.js';
import { ContactService } from './contact/contact.service.js';
import { ConversationFeed } from './conversation/conversation.feed.js';
import { ConversationLife } from './conversation/conversation.life.js';
import { ConversationRelease } from './conversation/conversation.release.js';
import { ConversationService } from './conversation/conversation.service.js';
import type { ConversationsCrashPoint } from './conversations.crash.js';
import { CustomIntegrationService } from './custom-integration/custom-integration.service.js';
import { GuestReminderService } from './guest-reminder/guest-reminder.service.js';
import { InboxAddresses } from './inbox/inbox.address.js';
import { InboxService } from './inbox/inbox.service.js';
import { LabelRemoval } from './label/label.removal.js';
import { LabelService } from './label/label.service.js';
import { MessageService } from './message/message.service.js';
import { ConversationsMeasured } from './events.js';
import { OutboundService } from './outbound/outbound.service.js';
import { TeamService } from './team/team.service.js';
import { RetentionService } from './retention/retention.service.js';
import { TemplateService } from './template/template.service.js';
import { conversationQuotas } from './tenant-limit/tenant-limit.js';
import { AppWebhook } from './webhook-delivery/app-webhook.js';
import { TypingService } from './typing/typing.service.js';
import { WebhookIngestService } from './webhook-delivery/webhook-delivery.ingest.js';
import { InboxReader } from './webhook-delivery/webhook-delivery.read.js';
import { VisitorFiles } from './web-chat/web-chat.files.js';
import { WebChatService } from './web-chat/web-chat.service.js';
import { VisitorTyping } from './web-chat/web-chat.typing.js';
import { WebhookDeliveryService } from './webhook-delivery/webhook-delivery.service.js';

export interface ConversationsServices {
  inboxes: InboxService;
  connections: ConnectionService;
  tokens: TokenRefresh;
  addresses: InboxAddresses;
  contacts: ContactService;
  conversations: ConversationService;
  release: ConversationRelease;
  life: ConversationLife;
  colleagues: ColleagueService;
  presences: ColleaguePresenceService;
  giver: AssignmentGiver;
  inboxBots: InboxBotService;
  guestReminders: GuestReminderService;
  labels: LabelService;
  labelRemoval: LabelRemoval;
  teams: TeamService;
  integrations: CustomIntegrationService;
  messages: MessageService;
  conversationFeed: ConversationFeed;
  typing: TypingService;
  webhooks: WebhookDeliveryService;
  webChat: WebChatService;
  appWebhook: AppWebhook;
  ingest: WebhookIngestService;
  reader: InboxReader;
  outbound: OutboundService;
  templates: TemplateService;
  attachments: AttachmentServices;
  attention: AttentionService;
  limits: QuotaKeeper;
  retention: RetentionService;
  crash: CrashPoint<ConversationsCrashPoint | ConnectionCrashPoint>;
  /** Where the providers' APIs are. */
  providers: Providers;
  deps: SubgraphDeps;
}

export function createServices(deps: SubgraphDeps): ConversationsServices {
  const { database, unit, clock, logger, config } = deps;
  const crash = crashAt(config.crashAt);
  const providers: Providers = { meta: config.metaGraphUrl ?? META_GRAPH_URL, twilio: config.twilioUrl ?? TWILIO_URL, callbacksToLoopback: config.callbacksToLoopback };
  const inboxes = new InboxService(database, deps.envelope, unit, logger);
  const release = new ConversationRelease(unit);
  const webhooks = new WebhookDeliveryService({ unit, inboxes, logger, crash });
  const ingest = new WebhookIngestService({ database, unit, inboxes, crash });
  const typing = new TypingService(deps.moments);
  const attachments = createAttachments(deps, { inboxes, providers, crash });
  return {
    inboxes,
    connections: new ConnectionService(deps, providers, crash),
    tokens: new TokenRefresh(deps, inboxes, providers, crash),
    addresses: new InboxAddresses(unit, inboxes, providers, logger),
    contacts: new ContactService(unit),
    conversations: new ConversationService(),
    release,
    life: new ConversationLife(unit),
    colleagues: new ColleagueService(unit, release),
    presences: new ColleaguePresenceService(unit),
    giver: new AssignmentGiver(unit),
    inboxBots: new InboxBotService(unit),
    guestReminders: new GuestReminderService(unit),
    labels: new LabelService(),
    labelRemoval: new LabelRemoval(unit, crash),
    teams: new TeamService(),
    integrations: new CustomIntegrationService(new WebhookSecrets(deps.envelope, 'custom_integration'), config.callbacksToLoopback),
    messages: new MessageService(deps.feed),
    conversationFeed: new ConversationFeed(deps.feed),
    typing,
    webhooks,
    webChat: new WebChatService({ database, feed: deps.feed, clock, inboxes, webhooks, typing: new VisitorTyping(database, typing), files: new VisitorFiles({ database, unit, clock, receive: attachments.receive, links: attachments.links, envelope: deps.envelope }) }),
    appWebhook: new AppWebhook({ config, database, webhooks }),
    ingest,
    reader: new InboxReader({ database, unit, inboxes, crash, logger }, ingest),
    outbound: new OutboundService({ database, unit, clock, inboxes, providers, attachments: attachments.sending, crash, reachedAt: config.apiUrl }),
    templates: new TemplateService(inboxes, providers),
    attachments,
    attention: new AttentionService(unit),
    limits: new QuotaKeeper(unit, conversationQuotas(), { measured: ConversationsMeasured, action: 'tenant_limit.apply' }, logger),
    retention: new RetentionService(unit, crash),
    crash,
    providers,
    deps,
  };
}
