// What orders announce.
import { z } from 'zod';
import { defineEvent } from '../../kernel/messaging/events.js';
import { ORDER_STATES } from './order.states.js';

export const OrderChanged = defineEvent({
  name: 'OrderChanged', version: 1, description: 'An order was placed or changed, went from one state to another, or was paid or given back.',
  payload: z.object({ orderId: z.uuid() }), example: { orderId: '01930000-0000-7000-8000-000000000051' }, feed: true,
});

const orderId = '01930000-0000-7000-8000-000000000051';

export const OrderPlaced = defineEvent({
  name: 'OrderPlaced', version: 1, description: 'An order was placed and waits to be accepted.',
  payload: z.object({ orderId: z.uuid(), number: z.number().int(), fulfillment: z.enum(['DELIVERY', 'PICKUP', 'DINE_IN']), placedAt: z.iso.datetime() }),
  example: { orderId, number: 1004, fulfillment: 'PICKUP', placedAt: '2026-12-01T18:00:00.000Z' }, feed: true,
});

export const OrderMoved = defineEvent({
  name: 'OrderMoved', version: 1, description: 'An order went from one state to another.',
  payload: z.object({ orderId: z.uuid(), number: z.number().int(), from: z.enum(ORDER_STATES), to: z.enum(ORDER_STATES), movedAt: z.iso.datetime() }),
  example: { orderId, number: 1004, from: 'PLACED', to: 'ACCEPTED', movedAt: '2026-12-01T18:02:00.000Z' }, feed: true,
});
