// An order: what a customer bought, how far it is, and whether it is paid.
import { defineEntity, p } from '@mikro-orm/postgresql';
import type { OrderState } from './order.states.js';

export type Fulfillment = 'DELIVERY' | 'PICKUP' | 'DINE_IN';
export type ChargeStatus = 'NONE' | 'PARTIAL' | 'FULL' | 'OVERCHARGED';
export type RefundStatus = 'NONE' | 'PARTIAL' | 'FULL';

export const Order = defineEntity({
  name: 'Order', tableName: 'sales_order', schema: 'commerce',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    customerId: p.uuid(),
    /** Counted by the tenant; unique within it. */
    number: p.integer(),
    fulfillmentStatus: p.text().$type<OrderState>(),
    chargeStatus: p.text().$type<ChargeStatus>(),
    refundStatus: p.text().$type<RefundStatus>(),
    currency: p.text(),
    /** Minor units; bigint travels as decimal text. */
    totalMinor: p.bigint('string'),
    subtotalMinor: p.bigint('string'),
    discountMinor: p.bigint('string'),
    taxMinor: p.bigint('string'),
    tipMinor: p.bigint('string'),
    pricesIncludeTax: p.boolean(),
    /** The cart it was; null: it was recorded, not placed here. */
    cartId: p.uuid().nullable(),
    fulfillment: p.text().$type<Fulfillment>().nullable(),
    address: p.text().nullable(),
    note: p.text().nullable(),
    voucherId: p.uuid().nullable(),
    voucherCode: p.text().nullable(),
    /** Until when its goods are kept while it is not accepted. */
    expiresAt: p.datetime(3).nullable(),
    /** Rises with each change of what was ordered. */
    version: p.integer(),
    placedAt: p.datetime(3),
    createdAt: p.datetime(3),
  },
});
