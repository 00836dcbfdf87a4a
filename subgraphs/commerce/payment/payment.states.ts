// How far a payment is: the states, and which leads to which. Nothing but this table decides it.
export const PAYMENT_STATES = ['REQUIRES_METHOD', 'REQUIRES_ACTION', 'REQUIRES_CAPTURE', 'PROCESSING', 'SUCCEEDED', 'CANCELED'] as const;
export type PaymentState = (typeof PAYMENT_STATES)[number];

/** What is taken or called off stays so; what is held for a capture is taken or given free. */
export const PAYMENT_TRANSITIONS: Readonly<Record<PaymentState, readonly PaymentState[]>> = {
  REQUIRES_METHOD: ['REQUIRES_ACTION', 'REQUIRES_CAPTURE', 'PROCESSING', 'SUCCEEDED', 'CANCELED'],
  REQUIRES_ACTION: ['REQUIRES_METHOD', 'REQUIRES_CAPTURE', 'PROCESSING', 'SUCCEEDED', 'CANCELED'],
  REQUIRES_CAPTURE: ['PROCESSING', 'SUCCEEDED', 'CANCELED'],
  PROCESSING: ['REQUIRES_METHOD', 'REQUIRES_CAPTURE', 'SUCCEEDED', 'CANCELED'],
  SUCCEEDED: [], CANCELED: [],
};

export type PaymentAsk = 'CREATE' | 'CONFIRM' | 'CAPTURE' | 'CANCEL';

/** From which states each may be asked for. */
export const ASKED_FROM: Readonly<Record<Exclude<PaymentAsk, 'CREATE'>, readonly PaymentState[]>> = {
  CONFIRM: ['REQUIRES_METHOD', 'REQUIRES_ACTION'],
  CAPTURE: ['REQUIRES_CAPTURE'],
  CANCEL: ['REQUIRES_METHOD', 'REQUIRES_ACTION', 'REQUIRES_CAPTURE'],
};

/** How much of an order is paid. */
export function chargeStatusOf(captured: bigint, total: bigint): 'NONE' | 'PARTIAL' | 'FULL' | 'OVERCHARGED' {
  if (captured === 0n) return 'NONE';
  if (captured < total) return 'PARTIAL';
  return captured === total ? 'FULL' : 'OVERCHARGED';
}

/** How much of what was paid was given back. */
export function refundStatusOf(refunded: bigint, captured: bigint): 'NONE' | 'PARTIAL' | 'FULL' {
  if (refunded === 0n) return 'NONE';
  return refunded < captured ? 'PARTIAL' : 'FULL';
}
