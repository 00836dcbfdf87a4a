// What orders announce.
import { z } from 'zod';
import { defineEvent } from '../../kernel/messaging/events.js';

export const OrderChanged = defineEvent({
  name: 'OrderChanged', version: 1, description: 'An order was placed or changed, went from one state to another, or was paid or given back.',
  payload: z.object({ orderId: z.uuid() }), example: { orderId: '01930000-0000-7000-8000-000000000051' }, feed: true,
});
