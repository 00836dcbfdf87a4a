// Which events a tenant's own programs may be told of, and as what. Ids, states and times: whoever needs more asks the graph with a key of its own.
import { z } from 'zod';
import { encodeId } from '../../kernel/base/ids.js';
import type { PublicEvent } from '../../kernel/messaging/public-events.js';

const id = (prefix: string, what: string) => z.string().describe(`${what}, \`${prefix}_…\`.`);
const ID = '01930000-0000-7000-8000-000000000051';
const at = z.iso.datetime();

/** What is read of each announcement: a parser of our own, for subgraphs share no type. */
const messageIds = z.object({ messageId: z.uuid(), conversationId: z.uuid(), inboxId: z.uuid() });
const conversationIds = z.object({ conversationId: z.uuid(), inboxId: z.uuid() });
const orderId = z.object({ orderId: z.uuid() });
const orderPlaced = z.object({ orderId: z.uuid(), number: z.number().int(), fulfillment: z.string(), placedAt: at });
const orderMoved = z.object({ orderId: z.uuid(), number: z.number().int(), from: z.string(), to: z.string(), movedAt: at });
const reservationChanged = z.object({ reservationId: z.uuid(), status: z.string(), conversationId: z.uuid().nullable() });

const messageData = z.object({ messageId: id('msg', 'The message'), conversationId: id('conv', 'The conversation it is in'), inboxId: id('inb', 'The inbox') });
const messageExample = { messageId: encodeId('msg', ID), conversationId: encodeId('conv', ID), inboxId: encodeId('inb', ID) };
const readMessage = (payload: unknown): unknown => {
  const { messageId, conversationId, inboxId } = messageIds.parse(payload);
  return { messageId: encodeId('msg', messageId), conversationId: encodeId('conv', conversationId), inboxId: encodeId('inb', inboxId) };
};

/** What `webhookEndpointTest` sends. */
export const TEST_TYPE = 'webhook.test';

export const PUBLIC_EVENTS: readonly PublicEvent[] = [
  {
    type: 'conversation.updated', version: 1, of: { from: 'conversations', event: 'ConversationUpdated', version: 1 },
    description: 'A conversation changed otherwise than by a message: its status, who is in charge, its priority, its labels, its attributes or its contact.',
    data: z.object({ conversationId: id('conv', 'The conversation'), inboxId: id('inb', 'Its inbox') }), example: { conversationId: encodeId('conv', ID), inboxId: encodeId('inb', ID) },
    read: (payload) => {
      const { conversationId, inboxId } = conversationIds.parse(payload);
      return { conversationId: encodeId('conv', conversationId), inboxId: encodeId('inb', inboxId) };
    },
  },
  {
    type: 'message.added', version: 1, of: { from: 'conversations', event: 'MessageAdded', version: 1 },
    description: 'A message was added to a conversation, in either direction.', data: messageData, example: messageExample, read: readMessage,
  },
  {
    type: 'message.updated', version: 1, of: { from: 'conversations', event: 'MessageUpdated', version: 1 },
    description: 'A message changed: its delivery status moved, it was edited or taken back, or somebody reacted to it.', data: messageData, example: messageExample, read: readMessage,
  },
  {
    type: 'order.changed', version: 1, of: { from: 'commerce', event: 'OrderChanged', version: 1 },
    description: 'Something of an order is not as it was: where it stands, or what was paid or given back. Each `order.placed` and `order.moved` is one of these too.',
    data: z.object({ orderId: id('ord', 'The order') }), example: { orderId: encodeId('ord', ID) },
    read: (payload) => ({ orderId: encodeId('ord', orderId.parse(payload).orderId) }),
  },
  {
    type: 'order.moved', version: 1, of: { from: 'commerce', event: 'OrderMoved', version: 1 },
    description: 'An order went from one state to another: accepted, rejected, ready, completed, canceled …',
    data: z.object({
      orderId: id('ord', 'The order'), number: z.number().int().describe('What people call it by.'), from: z.string().describe('A `FulfillmentStatus`.'),
      to: z.string().describe('A `FulfillmentStatus`.'), movedAt: at,
    }),
    example: { orderId: encodeId('ord', ID), number: 1004, from: 'PLACED', to: 'ACCEPTED', movedAt: '2026-12-01T18:02:00.000Z' },
    read: (payload) => {
      const { orderId: order, ...rest } = orderMoved.parse(payload);
      return { orderId: encodeId('ord', order), ...rest };
    },
  },
  {
    type: 'order.placed', version: 1, of: { from: 'commerce', event: 'OrderPlaced', version: 1 },
    description: 'An order was placed and waits to be accepted. What is on it, a till asks the graph for: `order(id)`.',
    data: z.object({
      orderId: id('ord', 'The order'), number: z.number().int().describe('What people call it by.'), fulfillment: z.string().describe('DELIVERY, PICKUP or DINE_IN.'), placedAt: at,
    }),
    example: { orderId: encodeId('ord', ID), number: 1004, fulfillment: 'PICKUP', placedAt: '2026-12-01T18:00:00.000Z' },
    read: (payload) => {
      const { orderId: order, ...rest } = orderPlaced.parse(payload);
      return { orderId: encodeId('ord', order), ...rest };
    },
  },
  {
    type: 'reservation.changed', version: 1, of: { from: 'commerce', event: 'ReservationChanged', version: 1 },
    description: 'A reservation was made, is at another time, or became something else.',
    data: z.object({ reservationId: id('rsv', 'The reservation'), status: z.string().describe('A `ReservationStatus`.') }), example: { reservationId: encodeId('rsv', ID), status: 'CONFIRMED' },
    read: (payload) => {
      const { reservationId, status } = reservationChanged.parse(payload);
      return { reservationId: encodeId('rsv', reservationId), status };
    },
  },
  {
    type: TEST_TYPE, version: 1, of: null, description: 'Somebody tries an endpoint out (`webhookEndpointTest`). It is sent whatever the endpoint asks for.',
    data: z.object({ endpointId: id('whep', 'The endpoint') }), example: { endpointId: encodeId('whep', ID) }, read: (payload) => payload,
  },
];

export const publicEventOf = (type: string): PublicEvent => {
  const found = PUBLIC_EVENTS.find((one) => one.type === type);
  if (!found) throw new Error(`No public event is called ${type}.`);
  return found;
};

/** As it goes out: the same bytes at every attempt, for they are kept. */
export const bodyOf = ({ type, version }: PublicEvent, occurredAt: Date, data: unknown): string =>
  JSON.stringify({ type, version, timestamp: occurredAt.toISOString(), data });
