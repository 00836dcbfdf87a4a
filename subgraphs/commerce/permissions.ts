// Who may see what of commerce.
import { can, each, inherited, type RuleMap } from '../kernel/graphql/rules.js';

export const permissions = {
  'order:read': 'See customers and their orders.',
};

export const readOrders = can('order:read');

export const rules: RuleMap = {
  Query: { ...each(readOrders, 'customer', 'order') },
  Contact: { ...each(inherited, 'id'), ...each(readOrders, 'customer') },
  Customer: { ...each(inherited, 'id', 'nodeKey', 'name', 'orders') },
  Order: {
    ...each(inherited, 'id', 'nodeKey', 'number', 'fulfillmentStatus', 'chargeStatus', 'total', 'placedAt', 'customer'),
  },
  OrderConnection: { ...each(inherited, 'nodes', 'edges', 'pageInfo') },
  OrderEdge: { ...each(inherited, 'node', 'cursor') },
  PageInfo: { ...each(inherited, 'startCursor', 'endCursor', 'hasNextPage', 'hasPreviousPage') },
  Money: { ...each(inherited, 'minor', 'currency', 'formatted') },
};
