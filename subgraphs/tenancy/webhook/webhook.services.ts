// The services of webhooks that go out, wired by hand.
import { crashAt } from '../../kernel/base/crash-points.js';
import { WebhookSecrets } from '../../kernel/crypto/webhook-secrets.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import type { UsageAlerts } from '../alert/alert.service.js';
import { WebhookEndpoints } from './webhook.endpoint.js';
import { WebhookSender } from './webhook.sender.js';

export interface TenancyWebhooks {
  endpoints: WebhookEndpoints;
  sender: WebhookSender;
}

export function tenancyWebhooks({ unit, envelope, config }: SubgraphDeps, alerts: UsageAlerts): TenancyWebhooks {
  const secrets = new WebhookSecrets(envelope, 'webhook_endpoint');
  const toLoopback = config.callbacksToLoopback;
  return { endpoints: new WebhookEndpoints(secrets, toLoopback), sender: new WebhookSender({ unit, secrets, alerts, toLoopback, crash: crashAt(config.crashAt) }) };
}
