// How the connections of a tenant to the outside stand.
import type { Slice } from '../../kernel/graphql/slice.js';
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import { IntegrationResolver } from './integration.resolver.js';

export const integrationSlice: Slice = {
  resolvers: [IntegrationResolver],
  rules: {
    Query: { integrationStatus: can('inbox:read') },
    Integration: each(inherited, 'inbox', 'customIntegration', 'failedMessages', 'waitingDeliveries', 'failedDeliveries', 'problems'),
    IntegrationConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    IntegrationEdge: each(inherited, 'node', 'cursor'),
  },
};
