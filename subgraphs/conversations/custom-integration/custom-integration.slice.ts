// A tenant's own integrations, as what they add to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { customIntegration } from '../migrations/20261201-41-custom-integration.js';
import { ContactCardResolver, ContactCardsResolver, CustomIntegrationResolver } from './custom-integration.resolver.js';
import { CustomIntegrationLimitReached, CustomIntegrationNameTaken, CustomIntegrationNotFound } from './custom-integration.type.js';

const userError = each(inherited, 'message', 'code', 'field');
const payload = each(inherited, 'customIntegration', 'userErrors');

export const customIntegrationSlice: Slice = {
  resolvers: [CustomIntegrationResolver, ContactCardsResolver, ContactCardResolver],
  orphanedTypes: [CustomIntegrationLimitReached, CustomIntegrationNameTaken, CustomIntegrationNotFound],
  migrations: [customIntegration],
  sealed: [{ table: 'custom_integration', column: 'secrets', row: 'id', tenant: { column: 'tenant_id' } }],
  ids: { CustomIntegration: 'cint' },
  rules: {
    Query: each(can('inbox:read'), 'customIntegrations', 'customIntegration'),
    Mutation: {
      ...each(can('inbox:manage'), 'customIntegrationCreate', 'customIntegrationUpdate', 'customIntegrationSecretRotate', 'customIntegrationTest', 'customIntegrationDisable', 'customIntegrationEnable',
        'customIntegrationDelete'),
      contactCardsRefresh: can('conversation:read'),
    },
    Contact: { cards: inherited },
    ContactCard: each(inherited, 'integration', 'title', 'url', 'fields', 'answeredAt', 'askedAt', 'problem'),
    ContactCardField: each(inherited, 'label', 'value', 'url'),
    // Whoever sees a card sees whose it is, and nothing of how it is reached.
    CustomIntegration: { ...each(inherited, 'id', 'name', 'kind', 'state'), ...each(can('inbox:read'), 'url', 'secretOverlapUntil', 'failures', 'lastAnsweredAt', 'lastFailedAt', 'lastFailure', 'lastTest', 'createdAt') },
    CustomIntegrationConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    CustomIntegrationEdge: each(inherited, 'node', 'cursor'),
    CustomIntegrationCreatePayload: { ...payload, signingSecret: inherited },
    CustomIntegrationSecretRotatePayload: { ...payload, signingSecret: inherited },
    CustomIntegrationUpdatePayload: payload,
    CustomIntegrationDisablePayload: payload,
    CustomIntegrationEnablePayload: payload,
    CustomIntegrationTestPayload: { ...payload, test: inherited },
    CustomIntegrationDeletePayload: each(inherited, 'customIntegrationId', 'userErrors'),
    ContactCardsRefreshPayload: each(inherited, 'contact', 'userErrors'),
    CustomIntegrationLimitReached: userError,
    CustomIntegrationNameTaken: userError,
    CustomIntegrationNotFound: userError,
  },
  mutations: {
    customIntegrationCreate: { action: 'custom_integration.create', type: 'DATA_WRITE', resource: 'CustomIntegration' },
    customIntegrationUpdate: { action: 'custom_integration.update', type: 'DATA_WRITE', resource: 'CustomIntegration' },
    customIntegrationSecretRotate: { action: 'custom_integration.rotate_secret', type: 'SECURITY', resource: 'CustomIntegration' },
    customIntegrationTest: { action: 'custom_integration.test', type: 'API', resource: 'CustomIntegration' },
    customIntegrationDisable: { action: 'custom_integration.disable', type: 'DATA_WRITE', resource: 'CustomIntegration' },
    customIntegrationEnable: { action: 'custom_integration.enable', type: 'DATA_WRITE', resource: 'CustomIntegration' },
    customIntegrationDelete: { action: 'custom_integration.delete', type: 'DATA_DELETE', resource: 'CustomIntegration' },
    contactCardsRefresh: { action: 'contact.refresh_cards', type: 'API', resource: 'Contact' },
  },
  classes: {
    CustomIntegration: { name: 'plain', kind: 'plain', url: 'plain', state: 'plain', overlapUntil: 'plain', passed: 'plain', code: 'plain' },
    Contact: { asked: 'plain', answered: 'plain' },
  },
};
