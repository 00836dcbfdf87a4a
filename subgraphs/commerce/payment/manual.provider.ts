// Money that staff take by hand: cash, a terminal of its own. Nobody else knows of it, so that what staff say is what happened.
import { ProviderRefused, type PaymentProvider } from './provider.port.js';

const no = (): Promise<never> => Promise.reject(new ProviderRefused('taken_by_hand'));

/** What is recorded is taken, what is given back is given back: at once, and there is nobody to ask about it. */
export const manualProvider: PaymentProvider = {
  create: ({ paymentId, amountMinor }) => Promise.resolve({ externalId: paymentId, state: 'SUCCEEDED', capturedMinor: amountMinor, failureCode: null, clientSecret: null }),
  confirm: no, capture: no, cancel: no, facts: no,
  refund: ({ refundId, minor }) => Promise.resolve({ externalId: refundId, refundId, minor, state: 'SUCCEEDED' }),
  readWebhook: () => ({ refused: 'missing-signature' }),
};
