// Placing orders and moving them on, as what they add to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { orderLists } from '../migrations/20261129-99-order-lists.js';
import { PLACE_ORDERS, readOrders, WORK_ON_ORDERS } from '../permissions.js';
import { OrderChanged, OrderMoved, OrderPlaced } from './order.events.js';
import { OrderFeedResolver, OrderTouchedResolver } from './order.feed.resolver.js';
import { OrderFeedGap, OrderTouchedEvent } from './order.feed.type.js';
import { OrderLineResolver, OrderWorkResolver } from './order.work.resolver.js';
import { OrderNotFound, OrderStateWrong, OutOfStock, TotalChanged } from './order.type.js';

const userError = ['message', 'code', 'field'];

export const orderSlice: Slice = {
  resolvers: [OrderWorkResolver, OrderLineResolver, OrderFeedResolver, OrderTouchedResolver],
  orphanedTypes: [OrderFeedGap, OrderTouchedEvent, OrderNotFound, OrderStateWrong, OutOfStock, TotalChanged],
  migrations: [orderLists],
  ids: { OrderLine: 'oline' },
  events: [OrderChanged, OrderPlaced, OrderMoved],
  rules: {
    Query: { orders: readOrders },
    Subscription: { orderFeed: readOrders },
    OrderTouched: each(inherited, 'cursor', 'order'),
    OrderFeedGap: each(inherited, 'cursor', 'reason'),
    OrderRepeatPayload: each(inherited, 'cart', 'userErrors'),
    Mutation: { ...each(can(PLACE_ORDERS), 'orderPlace', 'orderRepeat'), orderTransition: can(WORK_ON_ORDERS) },
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
    orderRepeat: { action: 'cart.repeat', type: 'DATA_WRITE', resource: 'Cart' },
    orderTransition: { action: 'order.transition', type: 'DATA_WRITE', resource: 'Order' },
  },
  classes: { Order: { repeated: 'plain' }, Cart: { order: 'plain' } },
};
