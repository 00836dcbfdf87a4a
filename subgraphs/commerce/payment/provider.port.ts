// What a provider of payments can be asked for, and how it tells what it knows. It holds the money; we keep what it says.
import type { PaymentState } from './payment.states.js';

/** A payment as its provider knows it now. */
export interface IntentFacts {
  externalId: string;
  state: PaymentState;
  capturedMinor: bigint;
  /** Why it was last declined, as the provider's code; null: it was not. */
  failureCode: string | null;
  /** What the customer's device needs to pay; never kept. */
  clientSecret: string | null;
}

export interface RefundFacts {
  externalId: string;
  /** Our id of it, which the provider was told; null: somebody made it at the provider. */
  refundId: string | null;
  minor: bigint;
  state: 'PENDING' | 'SUCCEEDED' | 'FAILED';
}

export interface DisputeFacts {
  externalId: string;
  minor: bigint;
  reason: string;
  state: 'OPEN' | 'WON' | 'LOST';
}

export interface PaymentFacts extends IntentFacts {
  refunds: readonly RefundFacts[];
  disputes: readonly DisputeFacts[];
}

/** `key`: equal keys are one and the same request for the provider, so that asking again after an unclear outcome does nothing twice. */
export interface NewIntent {
  key: string;
  paymentId: string;
  /** Null: it is of a reservation. */
  orderNumber: number | null;
  reservationId: string | null;
  amountMinor: bigint;
  currency: string;
  manualCapture: boolean;
}

export interface NewRefund {
  key: string;
  refundId: string;
  externalId: string;
  minor: bigint;
  currency: string;
}

/** What an event of a provider is about. */
export interface ProviderEvent {
  eventId: string;
  type: string;
  /** The provider's id of the payment; null: it is about none. */
  externalId: string | null;
  /** Our id, where the event carries it. */
  paymentId: string | null;
}

export interface WebhookCall {
  body: Buffer;
  headers: Record<string, string | undefined>;
  now: Date;
}

/** Every call may throw `ProviderRefused`, which is a no for good, or `OutcomeUnclear`, which is to be asked again. */
export interface PaymentProvider {
  create(intent: NewIntent): Promise<IntentFacts>;
  confirm(call: { key: string; externalId: string; method: string }): Promise<IntentFacts>;
  capture(call: { key: string; externalId: string; minor: bigint; currency: string }): Promise<IntentFacts>;
  cancel(call: { key: string; externalId: string }): Promise<IntentFacts>;
  refund(refund: NewRefund): Promise<RefundFacts>;
  /** All of it, as it is now. */
  facts(externalId: string, currency: string): Promise<PaymentFacts>;
  /** @returns why it is not believed, or what it is about */
  readWebhook(call: WebhookCall): { refused: 'missing-signature' | 'bad-signature' | 'malformed-json' } | ProviderEvent;
}

export class ProviderRefused extends Error {
  /** @param code the provider's own, safe to keep: its words are not, for they may repeat what they were given */
  constructor(readonly code: string) {
    super(`The provider refused: ${code}`);
  }
}

export class OutcomeUnclear extends Error {
  constructor(readonly code: string) {
    super(`The provider gave no clear answer: ${code}`);
  }
}
