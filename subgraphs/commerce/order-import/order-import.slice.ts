// Orders that were made elsewhere, as what they add to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { orderImport } from '../migrations/20261202-32-order-import.js';
import { OrderImportResolver } from './order-import.resolver.js';

const IMPORT = 'order:import';

export const orderImportSlice: Slice = {
  resolvers: [OrderImportResolver],
  migrations: [orderImport],
  permissions: { [IMPORT]: 'Bring in orders that were made elsewhere, e.g. at a till, at whatever prices they were sold at.' },
  rules: {
    Mutation: { orderImport: can(IMPORT) },
    Order: { origin: inherited },
    OrderOrigin: each(inherited, 'source', 'externalId', 'importedAt'),
    OrderImportPayload: each(inherited, 'order', 'repeated', 'userErrors'),
  },
  mutations: { orderImport: { action: 'order.import', type: 'DATA_WRITE', resource: 'Order' } },
  classes: { Order: { source: 'plain', externalId: 'plain' } },
};
