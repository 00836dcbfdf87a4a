// How other subgraphs reach the entities of commerce.
import { signedIn } from '../kernel/graphql/rules.js';
import type { Reference } from '../kernel/graphql/subgraph.js';
import { customerById } from './customer/customer.loaders.js';
import { orderById } from './order/order.loaders.js';
import { readOrders } from './permissions.js';

export const references: Record<string, Reference> = {
  Customer: { rule: readOrders, resolve: (context, id) => context.load(customerById, id) },
  Order: { rule: readOrders, resolve: (context, id) => context.load(orderById, id) },
  // Conversations owns contacts: nothing is known of one here but what is linked with it.
  Contact: { rule: signedIn, resolve: async (_context, id) => ({ id }) },
};
