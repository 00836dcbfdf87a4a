// Carts, as what they add to the subgraph.
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { selling } from '../migrations/20261129-97-selling.js';
import { PLACE_ORDERS, readOrders } from '../permissions.js';
import { Cart } from './cart.entity.js';
import { CartLineResolver, CartResolver } from './cart.resolver.js';
import { CartChanged, CartFull, CartLineNotFound, CartNotFound, CartPlaced, LineUnsellable } from './cart.type.js';

const userError = each(inherited, 'message', 'code', 'field');
const payload = each(inherited, 'cart', 'userErrors');

export const cartSlice: Slice = {
  resolvers: [CartResolver, CartLineResolver],
  orphanedTypes: [CartChanged, CartFull, CartLineNotFound, CartNotFound, CartPlaced, LineUnsellable],
  entities: [Cart],
  migrations: [selling],
  ids: { Cart: 'cart', CartLine: 'cline' },
  rules: {
    Query: { cart: readOrders },
    Mutation: each(can(PLACE_ORDERS), 'cartCreate', 'cartUpdate', 'cartLineAdd', 'cartLineUpdate', 'cartLineRemove'),
    Cart: each(inherited, 'id', 'currency', 'fulfillment', 'address', 'note', 'version', 'createdAt', 'updatedAt', 'customer', 'lines', 'totals', 'voucherCode', 'order'),
    CartLine: each(inherited, 'id', 'quantity', 'note', 'problem', 'variant', 'choices', 'unitPrice'),
    ChosenOption: each(inherited, 'group', 'name', 'price'),
    Totals: each(inherited, 'subtotal', 'discount', 'tax', 'tip', 'total'),
    CartCreatePayload: payload, CartUpdatePayload: payload, CartLineAddPayload: payload, CartLineUpdatePayload: payload, CartLineRemovePayload: payload,
    CartChanged: each(inherited, 'message', 'code', 'field', 'version'),
    CartFull: userError, CartLineNotFound: userError, CartNotFound: userError, CartPlaced: userError,
    LineUnsellable: each(inherited, 'message', 'code', 'field', 'problem'),
  },
  mutations: {
    cartCreate: { action: 'cart.create', type: 'DATA_WRITE', resource: 'Cart' },
    cartUpdate: { action: 'cart.update', type: 'DATA_WRITE', resource: 'Cart' },
    cartLineAdd: { action: 'cart.line_add', type: 'DATA_WRITE', resource: 'Cart' },
    cartLineUpdate: { action: 'cart.line_update', type: 'DATA_WRITE', resource: 'Cart' },
    cartLineRemove: { action: 'cart.line_remove', type: 'DATA_WRITE', resource: 'Cart' },
  },
  classes: { Cart: { currency: 'plain', fulfillment: 'plain', fields: 'plain', line: 'plain', variant: 'plain', quantity: 'plain' } },
};
