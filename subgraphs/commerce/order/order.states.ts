// How far an order is: the states, and which leads to which. Nothing but this table decides it.
export const ORDER_STATES = ['DRAFT', 'PLACED', 'ACCEPTED', 'PREPARING', 'READY', 'OUT_FOR_DELIVERY', 'COMPLETED', 'CANCELED', 'REJECTED', 'EXPIRED'] as const;
export type OrderState = (typeof ORDER_STATES)[number];

/** A cart is the draft of an order. Who is out for delivery had it ready; what is brought to nobody goes from ready to completed. */
export const TRANSITIONS: Readonly<Record<OrderState, readonly OrderState[]>> = {
  DRAFT: ['PLACED'],
  PLACED: ['ACCEPTED', 'REJECTED', 'CANCELED', 'EXPIRED'],
  ACCEPTED: ['PREPARING', 'CANCELED'],
  PREPARING: ['READY', 'CANCELED'],
  READY: ['OUT_FOR_DELIVERY', 'COMPLETED', 'CANCELED'],
  OUT_FOR_DELIVERY: ['COMPLETED', 'CANCELED'],
  COMPLETED: [], CANCELED: [], REJECTED: [], EXPIRED: [],
};

/** Where it may go by somebody's hand: only what is delivered goes out for delivery, and only the clock lets one expire. */
export const allowedFrom = (state: OrderState, fulfillment: string | null): OrderState[] =>
  TRANSITIONS[state].filter((to) => to !== 'EXPIRED' && (to !== 'OUT_FOR_DELIVERY' || fulfillment === 'DELIVERY'));

/** What becomes of the goods an order holds, when it leaves one state for another. */
export function stockEnd(from: OrderState, to: OrderState): 'SOLD' | 'RELEASED' | 'RETURNED' | null {
  if (to === 'ACCEPTED') return 'SOLD';
  if (to !== 'CANCELED' && to !== 'REJECTED' && to !== 'EXPIRED') return null;
  return from === 'PLACED' ? 'RELEASED' : 'RETURNED';
}
