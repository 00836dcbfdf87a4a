// Who may see what of commerce.
import { can, each, inherited, type RuleMap } from '../kernel/graphql/rules.js';

export const permissions = {
  'order:read': 'See customers and their orders.',
  'order:create': 'Fill carts and place orders.',
  'order:update': 'Accept, prepare, hand over, cancel and reject orders; make and change customers.',
  'catalog:read': 'See what the tenant sells: products, menus, prices and what is in stock.',
  'catalog:manage': 'Decide what the tenant sells and how: products, prices, taxes, vouchers and stock.',
};

export const PLACE_ORDERS = 'order:create';
export const WORK_ON_ORDERS = 'order:update';
export const READ_CATALOG = 'catalog:read';
export const MANAGE_CATALOG = 'catalog:manage';

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
