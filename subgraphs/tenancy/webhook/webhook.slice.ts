// Webhooks that go out, as what they add to the subgraph.
import { DATA_KEY_CLASSES } from '../../kernel/graphql/key-rotation.js';
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { sendWebhooksJob } from '../jobs.js';
import { webhook } from '../migrations/20261202-31-webhook.js';
import { PUBLIC_EVENTS } from './public-events.js';
import { WebhookAttempt, WebhookEndpoint, WebhookMessage } from './webhook.entity.js';
import { WebhookSendRequested } from './webhook.events.js';
import { WebhookEndpointResolver, WebhookMessageResolver } from './webhook.resolver.js';
import { WebhookEndpointDisabled, WebhookEndpointLimitReached, WebhookEndpointNotFound, WebhookMessageNotFound } from './webhook.type.js';

const READ = 'webhook:read';
const MANAGE = 'webhook:manage';
const userError = each(inherited, 'message', 'code', 'field');
const payload = each(inherited, 'webhookEndpoint', 'userErrors');
const connection = (name: string) => ({ [`${name}Connection`]: each(inherited, 'nodes', 'edges', 'pageInfo'), [`${name}Edge`]: each(inherited, 'node', 'cursor') });
const audited = (action: string, type: 'DATA_WRITE' | 'DATA_DELETE' | 'SECURITY' | 'API' = 'DATA_WRITE') => ({ action: `webhook_endpoint.${action}`, type, resource: 'WebhookEndpoint' });

export const webhookSlice: Slice = {
  resolvers: [WebhookEndpointResolver, WebhookMessageResolver],
  orphanedTypes: [WebhookEndpointDisabled, WebhookEndpointLimitReached, WebhookEndpointNotFound, WebhookMessageNotFound],
  entities: [WebhookEndpoint, WebhookMessage, WebhookAttempt],
  migrations: [webhook],
  platformTables: ['webhook_cursor'],
  sealed: [{ table: 'webhook_endpoint', column: 'secrets', row: 'id', tenant: { column: 'tenant_id' } }],
  ids: { WebhookEndpoint: 'whep', WebhookMessage: 'whm', WebhookAttempt: 'wha' },
  permissions: {
    [READ]: 'See where the tenant is told of what happens, what it was told and what came of it.',
    [MANAGE]: 'Make, change, try out, switch and delete webhooks, and send anew. Whoever may is told when one is switched off by itself.',
  },
  rules: {
    Query: each(can(READ), 'webhookEventTypes', 'webhookEndpoints', 'webhookEndpoint', 'webhookMessage'),
    Mutation: each(can(MANAGE), 'webhookEndpointCreate', 'webhookEndpointUpdate', 'webhookEndpointSecretRotate', 'webhookEndpointDisable', 'webhookEndpointEnable', 'webhookEndpointTest',
      'webhookEndpointReplay', 'webhookEndpointDelete', 'webhookMessageReplay'),
    WebhookEventKind: each(inherited, 'eventType', 'type', 'version', 'description', 'schema', 'example'),
    WebhookEndpoint: each(inherited, 'id', 'url', 'description', 'eventTypes', 'state', 'disabledReason', 'disabledAt', 'secretOverlapUntil', 'failures', 'failingSince', 'retryAt', 'lastSucceededAt', 'lastFailedAt',
      'lastFailure', 'createdAt', 'messages'),
    WebhookMessage: each(inherited, 'id', 'webhookId', 'eventType', 'body', 'occurredAt', 'state', 'attemptCount', 'nextAttemptAt', 'finishedAt', 'endpoint', 'attempts'),
    WebhookAttempt: each(inherited, 'id', 'number', 'attemptedAt', 'durationMs', 'status', 'failure'),
    ...connection('WebhookEndpoint'), ...connection('WebhookMessage'), ...connection('WebhookAttempt'),
    WebhookEndpointCreatePayload: { ...payload, signingSecret: inherited },
    WebhookEndpointSecretRotatePayload: { ...payload, signingSecret: inherited },
    WebhookEndpointUpdatePayload: payload,
    WebhookEndpointDisablePayload: payload,
    WebhookEndpointEnablePayload: payload,
    WebhookEndpointReplayPayload: { ...payload, replayed: inherited },
    WebhookEndpointTestPayload: each(inherited, 'webhookMessage', 'userErrors'),
    WebhookEndpointDeletePayload: each(inherited, 'webhookEndpointId', 'userErrors'),
    WebhookMessageReplayPayload: each(inherited, 'webhookMessage', 'userErrors'),
    WebhookEndpointDisabled: userError, WebhookEndpointLimitReached: userError, WebhookEndpointNotFound: userError, WebhookMessageNotFound: userError,
  },
  mutations: {
    webhookEndpointCreate: audited('create'), webhookEndpointUpdate: audited('update'), webhookEndpointSecretRotate: audited('rotate_secret', 'SECURITY'), webhookEndpointDisable: audited('disable'),
    webhookEndpointEnable: audited('enable'), webhookEndpointTest: audited('test', 'API'), webhookEndpointReplay: audited('replay', 'API'), webhookEndpointDelete: audited('delete', 'DATA_DELETE'),
    webhookMessageReplay: { action: 'webhook_message.replay', type: 'API', resource: 'WebhookMessage' },
  },
  classes: {
    ...DATA_KEY_CLASSES,
    WebhookEndpoint: { url: 'plain', description: 'plain', eventTypes: 'plain', state: 'plain', reason: 'plain', failures: 'plain', overlapUntil: 'plain', since: 'plain', replayed: 'plain' },
    WebhookMessage: { state: 'plain', eventType: 'plain' },
  },
  events: [WebhookSendRequested],
  jobs: [sendWebhooksJob],
  triggers: [{ event: WebhookSendRequested, job: sendWebhooksJob, payload: (tenantId, event) => ({ tenantId, endpointId: WebhookSendRequested.payload.parse(event).endpointId }) }],
  publicEvents: PUBLIC_EVENTS,
};
