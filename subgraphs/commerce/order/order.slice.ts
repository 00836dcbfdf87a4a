// Placing orders and moving them on, as what they add to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { PLACE_ORDERS, WORK_ON_ORDERS } from '../permissions.js';
import { OrderLineResolver, OrderWorkResolver } from './order.work.resolver.js';
import { OrderNotFound, OrderStateWrong, OutOfStock, TotalChanged } from './order.type.js';

const userError = ['message', 'code', 'field'];

export const orderSlice: Slice = {
  resolvers: [OrderWorkResolver, OrderLineResolver],
  orphanedTypes: [OrderNotFound, OrderStateWrong, OutOfStock, TotalChanged],
  ids: { OrderLine: 'oline' },
  rules: {
    Mutation: { orderPlace: can(PLACE_ORDERS), orderTransition: can(WORK_ON_ORDERS) },
    Order: each(
      inherited, 'refundStatus', 'fulfillment', 'address', 'note', 'voucherCode', 'pricesIncludeTax', 'expiresAt', 'allowedTransitions', 'totals', 'lines', 'events',
    ),
    OrderLine: each(inherited, 'id', 'sku', 'name', 'variantName', 'quantity', 'note', 'taxRatePpm', 'variant', 'choices', 'unitPrice', 'discount', 'tax', 'total'),
    OrderEvent: each(inherited, 'seq', 'from', 'to', 'reason', 'createdAt'),
    OrderPlacePayload: each(inherited, 'order', 'userErrors'),
    OrderTransitionPayload: each(inherited, 'order', 'userErrors'),
    StockShortage: each(inherited, 'sku', 'wanted', 'available'),
    OrderNotFound: each(inherited, ...userError),
    OrderStateWrong: each(inherited, ...userError, 'allowedTransitions'),
    OutOfStock: each(inherited, ...userError, 'shortages'),
    TotalChanged: each(inherited, ...userError, 'totals'),
  },
  mutations: {
    orderPlace: { action: 'order.place', type: 'DATA_WRITE', resource: 'Order' },
    orderTransition: { action: 'order.transition', type: 'DATA_WRITE', resource: 'Order' },
  },
  classes: { Order: { repeated: 'plain' } },
};
