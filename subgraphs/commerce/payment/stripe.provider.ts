// Stripe as a provider, by its own library. Cards go from the customer's device to Stripe: no number of one passes here.
import Stripe from 'stripe';
import { z } from 'zod';
import { OutcomeUnclear, ProviderRefused, type DisputeFacts, type IntentFacts, type PaymentProvider, type RefundFacts } from './provider.port.js';
import type { PaymentState } from './payment.states.js';
import { fromStripe, toStripe } from './stripe.amounts.js';
import { isSignedByStripe } from './stripe.signature.js';

const TIMEOUT_MS = 10_000;
const MOST = 100;

export interface StripeAccess {
  secretKey: string;
  /** Those that hold: the present one first. */
  webhookSecrets: readonly string[];
  /** Of a stand-in; absent: Stripe's own. */
  url: string | undefined;
}

const STATES: Readonly<Record<string, PaymentState>> = {
  requires_payment_method: 'REQUIRES_METHOD', requires_confirmation: 'REQUIRES_METHOD', requires_action: 'REQUIRES_ACTION',
  requires_capture: 'REQUIRES_CAPTURE', processing: 'PROCESSING', succeeded: 'SUCCEEDED', canceled: 'CANCELED',
};

function stateOf(status: string): PaymentState {
  const state = STATES[status];
  if (state === undefined) throw new Error(`Stripe has a state of payments that is not known here: ${status}.`);
  return state;
}

const intentOf = (intent: Stripe.PaymentIntent): IntentFacts => ({
  externalId: intent.id, state: stateOf(intent.status), capturedMinor: fromStripe(intent.amount_received, intent.currency.toUpperCase()),
  failureCode: intent.last_payment_error?.decline_code ?? intent.last_payment_error?.code ?? null, clientSecret: intent.client_secret,
});

const refundOf = (refund: Stripe.Refund): RefundFacts => ({
  externalId: refund.id, refundId: refund.metadata?.['refund_id'] ?? null, minor: fromStripe(refund.amount, refund.currency.toUpperCase()),
  state: refund.status === 'succeeded' ? 'SUCCEEDED' : refund.status === 'failed' || refund.status === 'canceled' ? 'FAILED' : 'PENDING',
});

const disputeOf = (dispute: Stripe.Dispute): DisputeFacts => ({
  externalId: dispute.id, minor: fromStripe(dispute.amount, dispute.currency.toUpperCase()), reason: dispute.reason,
  state: dispute.status === 'lost' ? 'LOST' : dispute.status === 'won' || dispute.status === 'warning_closed' || dispute.status === 'prevented' ? 'WON' : 'OPEN',
});

/** What of an event says what it is about. All else, whatever a card may have left in it, is not read and not kept. */
const envelope = z.object({
  id: z.string().regex(/^evt_[A-Za-z0-9_]{1,250}$/), type: z.string().regex(/^[a-z0-9_.]{1,100}$/),
  data: z.object({ object: z.object({ id: z.string().optional(), object: z.string(), payment_intent: z.string().nullish(), metadata: z.record(z.string(), z.string()).nullish() }) }),
});
const INTENT_ID = /^pi_[A-Za-z0-9_]{1,250}$/;

export function stripeProvider({ secretKey, webhookSecrets, url }: StripeAccess): PaymentProvider {
  const stripe = new Stripe(secretKey, { maxNetworkRetries: 0, timeout: TIMEOUT_MS, telemetry: false, ...placeOf(url) });
  return {
    create: ({ key, paymentId, orderNumber, reservationId, amountMinor, currency, manualCapture }) => asked(async () => intentOf(await stripe.paymentIntents.create({
      amount: exactly(amountMinor, currency), currency: currency.toLowerCase(), capture_method: manualCapture ? 'manual' : 'automatic',
      automatic_payment_methods: { enabled: true }, metadata: { payment_id: paymentId, ...(orderNumber === null ? {} : { order_number: String(orderNumber) }), ...(reservationId === null ? {} : { reservation_id: reservationId }) },
    }, { idempotencyKey: key }))),
    // What needs a page of the bank is finished by the customer's device, which has the client secret: nobody is sent anywhere from here.
    confirm: ({ key, externalId, method }) => asked(async () => intentOf(await stripe.paymentIntents.confirm(externalId, { payment_method: method, use_stripe_sdk: true }, { idempotencyKey: key }))),
    capture: ({ key, externalId, minor, currency }) => asked(async () => intentOf(await stripe.paymentIntents.capture(externalId, { amount_to_capture: exactly(minor, currency) }, { idempotencyKey: key }))),
    cancel: ({ key, externalId }) => asked(async () => intentOf(await stripe.paymentIntents.cancel(externalId, {}, { idempotencyKey: key }))),
    refund: ({ key, refundId, externalId, minor, currency }) => asked(async () => refundOf(await stripe.refunds.create({
      payment_intent: externalId, amount: exactly(minor, currency), metadata: { refund_id: refundId },
    }, { idempotencyKey: key }))),
    facts: (externalId) => asked(async () => {
      const intent = intentOf(await stripe.paymentIntents.retrieve(externalId));
      if (intent.capturedMinor === 0n) return { ...intent, refunds: [], disputes: [] };
      const of = { payment_intent: externalId, limit: MOST };
      const [refunds, disputes] = [await stripe.refunds.list(of), await stripe.disputes.list(of)];
      return { ...intent, refunds: refunds.data.map(refundOf), disputes: disputes.data.map(disputeOf) };
    }),
    readWebhook: ({ body, headers, now }) => {
      const header = headers['stripe-signature'];
      if (header === undefined) return { refused: 'missing-signature' };
      if (!isSignedByStripe({ header, body, secrets: webhookSecrets, now })) return { refused: 'bad-signature' };
      const read = envelope.safeParse(jsonOf(body));
      if (!read.success) return { refused: 'malformed-json' };
      const { id: eventId, type, data: { object } } = read.data;
      const externalId = (object.object === 'payment_intent' ? object.id : object.payment_intent) ?? null;
      return { eventId, type, externalId: externalId !== null && INTENT_ID.test(externalId) ? externalId : null, paymentId: z.uuid().safeParse(object.metadata?.['payment_id']).data ?? null };
    },
  };
}

function placeOf(url: string | undefined): Pick<NonNullable<ConstructorParameters<typeof Stripe>[1]>, 'host' | 'port' | 'protocol'> {
  if (url === undefined) return {};
  const { hostname, port, protocol } = new URL(url);
  const plain = protocol === 'http:';
  return { host: hostname, port: port === '' ? (plain ? 80 : 443) : Number(port), protocol: plain ? 'http' : 'https' };
}

function exactly(minor: bigint, currency: string): number {
  const amount = toStripe(minor, currency);
  if (amount === null) throw new ProviderRefused('amount_not_exact');
  return amount;
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return undefined; // SyntaxError is all that JSON.parse throws
  }
}

/** Whatever may have been done is unclear; what was read and refused is a no. */
async function asked<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeError)) throw error;
    const code = error.decline_code ?? error.code ?? error.type;
    const { statusCode } = error;
    // 409: the same request is at work this moment.
    throw statusCode === undefined || statusCode >= 500 || statusCode === 409 || statusCode === 429 ? new OutcomeUnclear(code) : new ProviderRefused(code);
  }
}
