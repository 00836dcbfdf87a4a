// A cart: what a customer is about to order.
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Fulfillment } from '../order/order.entity.js';

export const Cart = defineEntity({
  name: 'Cart', tableName: 'cart', schema: 'commerce',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    customerId: p.uuid().nullable(),
    currency: p.text(),
    fulfillment: p.text().$type<Fulfillment>(),
    address: p.text().nullable(),
    note: p.text().nullable(),
    tipMinor: p.bigint('string'),
    voucherId: p.uuid().nullable(),
    /** Rises with each change. */
    version: p.integer(),
    /** How many lines it has. */
    size: p.integer(),
    /** The order it became; null: it is still filled. */
    orderId: p.uuid().nullable(),
    createdAt: p.datetime(3),
    updatedAt: p.datetime(3),
  },
});
