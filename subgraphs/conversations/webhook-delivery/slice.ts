// Dead letters: what providers delivered and could not be read, looked into and replayed.
import type { Slice } from '../../kernel/graphql/slice.js';
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import { deadLetters } from '../migrations/20261130-32-dead-letters.js';
import { inboxAddress } from '../migrations/20261130-34-inbox-address.js';
import { WebhookDeliveryResolver } from './webhook-delivery.resolver.js';
import { WebhookDeliveryNotFound, WebhookDeliveryWaiting } from './webhook-delivery.type.js';

const userError = each(inherited, 'message', 'code', 'field');

export const webhookDeliverySlice: Slice = {
  resolvers: [WebhookDeliveryResolver],
  orphanedTypes: [WebhookDeliveryNotFound, WebhookDeliveryWaiting],
  migrations: [deadLetters, inboxAddress],
  definerFunctions: ['inbox_by_address'],
  routes: [
    { name: 'metaAppVerify', method: 'GET', path: '/meta/webhooks', auth: 'signature', maxBytes: 0, timeoutMs: 10_000 },
    { name: 'metaAppReceive', method: 'POST', path: '/meta/webhooks', auth: 'signature', maxBytes: 3 * 1024 * 1024, timeoutMs: 10_000 },
  ],
  ids: { WebhookDelivery: 'whd' },
  permissions: { 'inbox:inspect': 'Read what providers delivered, word for word, and correct it.' },
  sensitiveReads: ['inbox:inspect'],
  rules: {
    Query: each(can('inbox:manage'), 'webhookDeliveries', 'webhookDelivery'),
    Mutation: { webhookDeliveryReplay: can('inbox:manage') },
    WebhookDelivery: {
      ...each(inherited, 'id', 'status', 'attempts', 'error', 'receivedAt', 'processedAt', 'replays', 'inbox', 'bodySize', 'lastReplay'), body: can('inbox:inspect'),
    },
    WebhookReplay: each(inherited, 'requestedBy', 'requestedAt', 'reason', 'corrected'),
    WebhookDeliveryConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    WebhookDeliveryEdge: each(inherited, 'node', 'cursor'),
    WebhookDeliveryReplayPayload: each(inherited, 'delivery', 'userErrors'),
    WebhookDeliveryNotFound: userError,
    WebhookDeliveryWaiting: userError,
  },
  mutations: { webhookDeliveryReplay: { action: 'webhook.replay', type: 'API', resource: 'WebhookDelivery' } },
  classes: { WebhookDelivery: { status: 'plain', corrected: 'plain', repeated: 'plain' } },
};
