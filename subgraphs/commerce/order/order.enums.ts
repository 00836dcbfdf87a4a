// The words by which orders are told apart.
import { registerEnumType } from 'type-graphql';
import type { ChargeStatus, RefundStatus } from './order.entity.js';
import type { OrderState } from './order.states.js';

export enum FulfillmentEnum { DELIVERY = 'DELIVERY', PICKUP = 'PICKUP', DINE_IN = 'DINE_IN' }
registerEnumType(FulfillmentEnum, {
  name: 'Fulfillment', description: 'How a customer gets what was ordered.',
  valuesConfig: {
    DELIVERY: { description: 'It is brought.' },
    PICKUP: { description: 'They come for it.' },
    DINE_IN: { description: 'They have it here.' },
  },
});

export const FulfillmentStatusEnum: { [State in OrderState]: State } = {
  DRAFT: 'DRAFT', PLACED: 'PLACED', ACCEPTED: 'ACCEPTED', PREPARING: 'PREPARING', READY: 'READY', OUT_FOR_DELIVERY: 'OUT_FOR_DELIVERY', COMPLETED: 'COMPLETED',
  CANCELED: 'CANCELED', REJECTED: 'REJECTED', EXPIRED: 'EXPIRED',
};
registerEnumType(FulfillmentStatusEnum, {
  name: 'FulfillmentStatus',
  description: 'How far an order is. `allowedTransitions` of an order says where it may go from there.',
  valuesConfig: {
    DRAFT: { description: 'Still a cart. No order is one: its first event leads from here.' },
    PLACED: { description: 'Ordered, not yet looked at. Its goods are kept for it until `expiresAt`.' },
    ACCEPTED: { description: 'The tenant will deliver.' },
    PREPARING: { description: 'Being made or packed.' },
    READY: { description: 'Waiting to be picked up, served or sent.' },
    OUT_FOR_DELIVERY: { description: 'On its way to the customer.' },
    COMPLETED: { description: 'Handed over. The end.' },
    CANCELED: { description: 'Will not be delivered, by the wish of either side. The end.' },
    REJECTED: { description: 'The tenant does not take it. The end.' },
    EXPIRED: { description: 'Nobody took it in time. The end.' },
  },
});

export const ChargeStatusEnum: { [Status in ChargeStatus]: Status } = { NONE: 'NONE', PARTIAL: 'PARTIAL', FULL: 'FULL', OVERCHARGED: 'OVERCHARGED' };
registerEnumType(ChargeStatusEnum, {
  name: 'ChargeStatus',
  description: 'How much of an order is paid.',
  valuesConfig: {
    NONE: { description: 'Nothing.' },
    PARTIAL: { description: 'A part of it.' },
    FULL: { description: 'All of it.' },
    OVERCHARGED: { description: 'More than it costs.' },
  },
});

export const RefundStatusEnum: { [Status in RefundStatus]: Status } = { NONE: 'NONE', PARTIAL: 'PARTIAL', FULL: 'FULL' };
registerEnumType(RefundStatusEnum, {
  name: 'RefundStatus',
  description: 'How much of what was paid was given back.',
  valuesConfig: { NONE: { description: 'Nothing.' }, PARTIAL: { description: 'A part of it.' }, FULL: { description: 'All of it.' } },
});
