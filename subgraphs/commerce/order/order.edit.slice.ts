// Changing placed orders, and letting those expire that nobody accepts, as what that adds to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { expireOrdersJob } from '../jobs.js';
import { orderEdit } from '../migrations/20261202-11-order-edit.js';
import { WORK_ON_ORDERS } from '../permissions.js';
import { OrderEditResolver, OrderEventChangeResolver } from './order.edit.resolver.js';
import { OrderLineNotFound, OrderNotEditable, OrderVersionChanged } from './order.edit.type.js';

const userError = ['message', 'code', 'field'];

export const orderEditSlice: Slice = {
  resolvers: [OrderEditResolver, OrderEventChangeResolver],
  orphanedTypes: [OrderLineNotFound, OrderNotEditable, OrderVersionChanged],
  migrations: [orderEdit],
  jobs: [expireOrdersJob],
  rules: {
    Mutation: { orderUpdate: can(WORK_ON_ORDERS) },
    Order: { version: inherited },
    OrderEvent: { change: inherited },
    OrderChange: each(inherited, 'fields', 'lines', 'totalBefore', 'totalAfter'),
    OrderLineChange: each(inherited, 'kind', 'sku', 'name', 'quantityBefore', 'quantityAfter'),
    OrderUpdatePayload: each(inherited, 'order', 'userErrors'),
    OrderLineNotFound: each(inherited, ...userError),
    OrderNotEditable: each(inherited, ...userError, 'hindrance', 'paymentId'),
    OrderVersionChanged: each(inherited, ...userError, 'version'),
  },
  mutations: { orderUpdate: { action: 'order.update', type: 'DATA_WRITE', resource: 'Order' } },
  classes: { Order: { version: 'plain', fields: 'plain', lines: 'plain' } },
};
