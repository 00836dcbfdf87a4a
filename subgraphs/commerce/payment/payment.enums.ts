// The words by which payments are told apart.
import { registerEnumType } from 'type-graphql';
import type { PaymentEventKind } from './payment.rows.js';
import type { PaymentState } from './payment.states.js';

export const PaymentStateEnum: { [State in PaymentState]: State } = {
  REQUIRES_METHOD: 'REQUIRES_METHOD', REQUIRES_ACTION: 'REQUIRES_ACTION', REQUIRES_CAPTURE: 'REQUIRES_CAPTURE', PROCESSING: 'PROCESSING', SUCCEEDED: 'SUCCEEDED', CANCELED: 'CANCELED',
};
registerEnumType(PaymentStateEnum, {
  name: 'PaymentState', description: 'How far a payment is.',
  valuesConfig: {
    REQUIRES_METHOD: { description: 'The customer has still to say how they pay, or the last try was declined: `failureCode`.' },
    REQUIRES_ACTION: { description: 'The customer has still to agree, e.g. at their bank (3-D Secure).' },
    REQUIRES_CAPTURE: { description: 'The money is held: `paymentCapture` takes it, `paymentCancel` gives it free.' },
    PROCESSING: { description: 'On its way, which with some methods takes days.' },
    SUCCEEDED: { description: 'Taken. What is given back of it is in `refunded`.' },
    CANCELED: { description: 'Called off, by either side: nothing was taken.' },
  },
});

export enum PaymentProviderEnum { STRIPE = 'STRIPE', MANUAL = 'MANUAL' }
registerEnumType(PaymentProviderEnum, {
  name: 'PaymentProvider', description: 'Who takes the money.',
  valuesConfig: { STRIPE: { description: 'Stripe, for the tenant\'s own account there.' }, MANUAL: { description: 'Staff, by hand: `method` says how.' } },
});

export enum PaymentMethodEnum { CASH = 'CASH', TERMINAL = 'TERMINAL', OTHER = 'OTHER' }
registerEnumType(PaymentMethodEnum, {
  name: 'PaymentMethod', description: 'How staff took money.',
  valuesConfig: { CASH: { description: 'In cash.' }, TERMINAL: { description: 'By a card terminal that this product does not know.' }, OTHER: { description: 'In another way: a cheque, a gift card, a bank transfer.' } },
});

export enum PaymentAccountState { ACTIVE = 'ACTIVE', DISABLED = 'DISABLED' }
registerEnumType(PaymentAccountState, {
  name: 'PaymentAccountState', description: 'Whether new payments are made with an account.',
  valuesConfig: { ACTIVE: { description: 'They are.' }, DISABLED: { description: 'They are not. What was begun with it goes on, and can be given back.' } },
});

export enum RefundState { PENDING = 'PENDING', SUCCEEDED = 'SUCCEEDED', FAILED = 'FAILED' }
registerEnumType(RefundState, {
  name: 'RefundState', description: 'How far a refund is.',
  valuesConfig: { PENDING: { description: 'On its way. What it gives back can be given back by no other.' }, SUCCEEDED: { description: 'Given back.' }, FAILED: { description: 'Came to nothing: `failureCode`.' } },
});

export enum DisputeState { OPEN = 'OPEN', WON = 'WON', LOST = 'LOST' }
registerEnumType(DisputeState, {
  name: 'DisputeState', description: 'How far a dispute is.',
  valuesConfig: { OPEN: { description: 'To be answered at the provider, or being judged.' }, WON: { description: 'The money stays.' }, LOST: { description: 'The money went back to the customer.' } },
});

export const PaymentEventKindEnum: { [Kind in PaymentEventKind]: Kind } = {
  CREATED: 'CREATED', AUTHORIZED: 'AUTHORIZED', CAPTURED: 'CAPTURED', CANCELED: 'CANCELED', REFUNDED: 'REFUNDED', REFUND_FAILED: 'REFUND_FAILED', DISPUTE_OPENED: 'DISPUTE_OPENED', DISPUTE_LOST: 'DISPUTE_LOST',
};
registerEnumType(PaymentEventKindEnum, {
  name: 'PaymentEventKind', description: 'What happened to a payment.',
  valuesConfig: {
    CREATED: { description: 'Somebody wished for it.' }, AUTHORIZED: { description: 'The money is held.' }, CAPTURED: { description: 'The money was taken.' }, CANCELED: { description: 'It was called off.' },
    REFUNDED: { description: 'Some of it was given back.' }, REFUND_FAILED: { description: 'What was given back came back.' },
    DISPUTE_OPENED: { description: 'The customer contests it at their bank.' }, DISPUTE_LOST: { description: 'The bank gave it back to the customer.' },
  },
});
