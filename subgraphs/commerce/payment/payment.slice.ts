// Payments, as what they add to the subgraph.
import { DATA_KEY_CLASSES, DATA_KEY_IDS } from '../../kernel/graphql/key-rotation.js';
import { can, each, inherited } from '../../kernel/graphql/rules.js';
import type { Slice } from '../../kernel/graphql/slice.js';
import { keysRotatedOf, requestedRotation } from '../../kernel/messaging/key-jobs.js';
import { readPaymentWebhookJob, rotateKeysJob, settlePaymentJob } from '../jobs.js';
import { payment } from '../migrations/20261130-115-payment.js';
import { PaymentAccountDisabled, PaymentAccountLimitReached, PaymentAccountNotFound } from './account.inputs.js';
import { PaymentAccountResolver } from './account.resolver.js';
import { PaymentWebhookReceived } from './payment.events.js';
import { paymentTriggers } from './payment.jobs.js';
import { OrderPaymentsResolver, PaymentRefundResolver, PaymentResolver } from './payment.resolver.js';
import { OrderNotPayable, PaymentNotFound, PaymentOpen, PaymentRefused, PaymentStateWrong, RefundTooLarge } from './payment.type.js';

const READ = 'payment:read';
const TAKE = 'payment:take';
const REFUND = 'payment:refund';
const MANAGE = 'payment:manage';
const userError = ['message', 'code', 'field'];
const payload = each(inherited, 'payment', 'userErrors');
const account = each(inherited, 'paymentAccount', 'userErrors');
const of = (action: string) => ({ action, type: 'DATA_WRITE' as const, resource: 'Payment' });

export const paymentSlice: Slice = {
  resolvers: [PaymentResolver, PaymentRefundResolver, OrderPaymentsResolver, PaymentAccountResolver],
  orphanedTypes: [PaymentAccountDisabled, PaymentAccountLimitReached, PaymentAccountNotFound, OrderNotPayable, PaymentNotFound, PaymentOpen, PaymentRefused, PaymentStateWrong, RefundTooLarge],
  migrations: [payment],
  sealed: [{ table: 'payment_account', column: 'secrets', row: 'id', tenant: { column: 'tenant_id' } }],
  platformTables: ['payment_webhook_refusal'],
  definerFunctions: ['payment_account_by_key'],
  ids: { Payment: 'pay', PaymentAccount: 'pacc', PaymentRefund: 'rfnd', PaymentDispute: 'disp', ...DATA_KEY_IDS },
  permissions: {
    [READ]: 'See what was paid for orders, and how.', [TAKE]: 'Take payments for orders: ask for them, record, capture and cancel them.', [REFUND]: 'Give payments back.',
    [MANAGE]: 'Connect accounts at providers of payments, and switch them off.',
  },
  rules: {
    Query: { payment: can(READ), paymentAccounts: can(READ) },
    Mutation: {
      ...each(can(TAKE), 'paymentCreate', 'paymentRecord', 'paymentConfirm', 'paymentCapture', 'paymentCancel'), paymentRefund: can(REFUND),
      ...each(can(MANAGE), 'paymentAccountCreate', 'paymentAccountUpdate', 'paymentAccountSecretsRotate'),
    },
    Order: { payments: can(READ) },
    Payment: {
      ...each(inherited, 'id', 'provider', 'method', 'state', 'manualCapture', 'failureCode', 'createdAt', 'settling', 'amount', 'captured', 'refunded', 'account', 'events', 'refunds', 'disputes'), order: can('order:read'),
    },
    PaymentEvent: each(inherited, 'seq', 'kind', 'amount', 'createdAt'),
    PaymentRefund: each(inherited, 'id', 'amount', 'state', 'reason', 'failureCode', 'createdAt'),
    PaymentDispute: each(inherited, 'id', 'amount', 'reason', 'state', 'createdAt'),
    PaymentAccount: { ...each(inherited, 'id', 'name', 'provider', 'state', 'publishableKey', 'secretOverlapUntil', 'createdAt', 'webhookUrl') },
    PaymentAccountConnection: each(inherited, 'nodes', 'edges', 'pageInfo'),
    PaymentAccountEdge: each(inherited, 'node', 'cursor'),
    PaymentCreatePayload: { ...payload, clientSecret: inherited }, PaymentRecordPayload: payload, PaymentConfirmPayload: payload, PaymentCapturePayload: payload, PaymentCancelPayload: payload,
    PaymentRefundPayload: { ...payload, refund: inherited },
    PaymentAccountCreatePayload: account, PaymentAccountUpdatePayload: account, PaymentAccountSecretsRotatePayload: account,
    ...Object.fromEntries(['PaymentAccountDisabled', 'PaymentAccountLimitReached', 'PaymentAccountNotFound', 'OrderNotPayable', 'PaymentNotFound'].map((type) => [type, each(inherited, ...userError)])),
    PaymentOpen: each(inherited, ...userError, 'paymentId'),
    PaymentRefused: each(inherited, ...userError, 'providerCode'),
    PaymentStateWrong: each(inherited, ...userError, 'state'),
    RefundTooLarge: each(inherited, ...userError, 'available'),
  },
  mutations: {
    paymentCreate: of('payment.create'), paymentRecord: of('payment.record'), paymentConfirm: of('payment.confirm'), paymentCapture: of('payment.capture'), paymentCancel: of('payment.cancel'), paymentRefund: of('payment.refund'),
    paymentAccountCreate: { action: 'payment_account.create', type: 'DATA_WRITE', resource: 'PaymentAccount' },
    paymentAccountUpdate: { action: 'payment_account.update', type: 'DATA_WRITE', resource: 'PaymentAccount' },
    paymentAccountSecretsRotate: { action: 'payment_account.rotate_secrets', type: 'DATA_WRITE', resource: 'PaymentAccount' },
  },
  classes: {
    Payment: {
      order: 'plain', provider: 'plain', method: 'plain', amountMinor: 'plain', minor: 'plain', currency: 'plain', state: 'plain', asked: 'plain', capturedMinor: 'plain', refund: 'plain', lines: 'plain', restocked: 'plain',
      dispute: 'plain', repeated: 'plain',
    },
    PaymentAccount: { name: 'plain', provider: 'plain', state: 'plain', webhookSigned: 'plain', rotated: 'plain', overlapUntil: 'plain' },
    Order: { refundStatus: 'plain' },
    ...DATA_KEY_CLASSES,
  },
  routes: [{ name: 'stripeWebhook', method: 'POST', path: '/webhooks/stripe/:accountKey', auth: 'signature', maxBytes: 1024 * 1024, timeoutMs: 10_000 }],
  events: [PaymentWebhookReceived, keysRotatedOf('commerce')],
  jobs: [readPaymentWebhookJob, settlePaymentJob, rotateKeysJob],
  triggers: paymentTriggers,
  reactions: [{ from: 'tenancy', event: 'TenantKeyRotationRequested', version: 1, job: rotateKeysJob, payload: requestedRotation }],
};
