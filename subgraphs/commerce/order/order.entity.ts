// An order: what a customer bought, how far it is, and whether it is paid.
import { defineEntity, p } from '@mikro-orm/postgresql';

export const FULFILLMENT_STATUSES = ['PENDING', 'ACCEPTED', 'PREPARING', 'READY', 'FULFILLED', 'CANCELLED'] as const;
export const CHARGE_STATUSES = ['NONE', 'AUTHORIZED', 'CHARGED', 'REFUNDED'] as const;
export type FulfillmentStatus = (typeof FULFILLMENT_STATUSES)[number];
export type ChargeStatus = (typeof CHARGE_STATUSES)[number];

export const Order = defineEntity({
  name: 'Order', tableName: 'sales_order', schema: 'commerce',
  properties: {
    id: p.uuid().primary(),
    tenantId: p.uuid(),
    customerId: p.uuid(),
    /** Counted by the tenant; unique within it. */
    number: p.integer(),
    fulfillmentStatus: p.text().$type<FulfillmentStatus>(),
    chargeStatus: p.text().$type<ChargeStatus>(),
    currency: p.text(),
    /** Minor units; bigint travels as decimal text. */
    totalMinor: p.bigint('string'),
    placedAt: p.datetime(3),
    createdAt: p.datetime(3),
  },
});
