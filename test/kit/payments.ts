// A shop that is paid: a stand-in of Stripe, an account at it, orders, and the webhooks and jobs that a platform would bring.
import { signStripeBody } from '../../ops/standins/sign-webhook.js';
import type { ScriptedAnswer, StandIn } from '../../ops/standins/standin.server.js';
import { startStripeStandIn, type StripeSent } from '../../ops/standins/stripe.js';
import { commerceDoor } from '../../subgraphs/commerce/public.js';
import { decodeId } from '../../subgraphs/kernel/base/ids.js';
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
import type { RouteResponse } from '../../subgraphs/kernel/base/subgraph-port.js';
import { TestShop, type Dish, type Payload } from './commerce.js';

export const STRIPE_KEY = 'sk_test_4eC39HqLyjWDarjtT1zdp7dc';
export const STRIPE_WEBHOOK_SECRET = 'whsec_kit0123456789abcdef';
export const PAYMENT = 'payment { id state settling failureCode amount { minor } captured { minor } refunded { minor } order { chargeStatus refundStatus } events { kind amount { minor } } refunds { id state amount { minor } } disputes { state } }';
export interface Paid { id: string; state: string; settling: boolean; failureCode: string | null; order: { chargeStatus: string; refundStatus: string }; captured: { minor: string }; refunded: { minor: string }; events: { kind: string; amount: { minor: string } }[]; refunds: { id: string; state: string }[]; disputes: { state: string }[] }
let serial = 0;

export class TestPayments {
  private constructor(readonly shop: TestShop, readonly standIn: StandIn, readonly accountId: string, readonly accountKey: string) {}

  static async boot(logger?: Logger): Promise<TestPayments> {
    const standIn = await startStripeStandIn();
    const shop = await TestShop.boot({ config: { stripeUrl: standIn.url }, ...(logger ? { logger } : {}) });
    const account = await shop.done<{ id: string; webhookUrl: string }>('paymentAccountCreate', { name: 'Till', secretKey: STRIPE_KEY, webhookSecret: STRIPE_WEBHOOK_SECRET, publishableKey: 'pk_test_0123456789' }, 'paymentAccount { id webhookUrl }');
    return new TestPayments(shop, standIn, account.id, account.webhookUrl.split('/').at(-1) ?? '');
  }

  /** An order of 1000 for each `quantity`. */
  async order(quantity = 1, dish?: Dish): Promise<string> {
    const cart = await this.shop.cart([[dish ?? await this.shop.dish(), quantity]]);
    return ((await this.shop.place(cart)).order as { id: string }).id;
  }

  create(orderId: string, more: Record<string, unknown> = {}): Promise<Payload> {
    return this.shop.send('paymentCreate', { orderId, paymentAccountId: this.accountId, idempotencyKey: `pay-${serial += 1}`, ...more }, `clientSecret ${PAYMENT}`);
  }

  /** @returns the payment as it came out; refused ones too */
  async act(field: 'paymentConfirm' | 'paymentCapture' | 'paymentCancel' | 'paymentRefund', paymentId: string, more: Record<string, unknown> = {}): Promise<{ payment: Paid; errors: string[] }> {
    const key = field === 'paymentCancel' ? {} : { idempotencyKey: `act-${serial += 1}` };
    const { payment, userErrors } = await this.shop.send(field, { paymentId, ...key, ...more }, PAYMENT);
    return { payment: payment as Paid, errors: userErrors.map(({ __typename }) => __typename) };
  }

  async look(paymentId: string): Promise<Paid> {
    return (await this.shop.query<{ payment: Paid }>(`query ($id: ID!) { ${PAYMENT.replace('payment {', 'payment(id: $id) {')} }`, { id: paymentId })).payment;
  }

  /** Paid by card. @returns the payment */
  async paid(orderId: string, more: Record<string, unknown> = {}): Promise<string> {
    const { id } = (await this.create(orderId, more)).payment as Paid;
    await this.act('paymentConfirm', id, { paymentMethodId: 'pm_card_visa' });
    return id;
  }

  /** Stripe's id of a payment. */
  async external(paymentId: string): Promise<string> {
    return (await this.shop.rows<{ id: string }>('select external_id as id from commerce.payment where id = $1', [decodeId('pay', paymentId)]))[0]?.id ?? '';
  }

  script(path: string, body: unknown): Promise<Response> {
    return fetch(this.standIn.url + path, { method: 'PUT', body: JSON.stringify(body) });
  }

  next(...answers: ScriptedAnswer[]): Promise<Response> {
    return this.script('/_next', answers);
  }

  async sent(): Promise<StripeSent[]> {
    return await (await fetch(`${this.standIn.url}/_sent`)).json() as StripeSent[];
  }

  hook(event: Record<string, unknown>, { secret = STRIPE_WEBHOOK_SECRET, key = this.accountKey, at = this.shop.clock.now(), header }: { secret?: string; key?: string; at?: Date; header?: string | null } = {}): Promise<RouteResponse> {
    const body = JSON.stringify(event);
    const signature = header === undefined ? signStripeBody(body, secret, at) : header;
    return this.shop.subject.running.routes.port.handle('stripeWebhook', {
      params: { accountKey: key }, query: new URLSearchParams(), headers: signature === null ? {} : { 'stripe-signature': signature }, body: Buffer.from(body), oversize: false, ip: '127.0.0.1', correlationId: 'test-webhook', url: '',
    });
  }

  /** What waits for a job is done, as the workers would. */
  async work(): Promise<void> {
    const door = commerceDoor(this.shop.subject.running.services);
    for (const { tenantId, webhookId } of await this.shop.rows<{ tenantId: string; webhookId: string }>(`select tenant_id as "tenantId", id as "webhookId" from commerce.payment_webhook where state = 'RECEIVED' order by id`)) await door.readPaymentWebhook({ tenantId, webhookId });
    for (const { tenantId, paymentId } of await this.shop.rows<{ tenantId: string; paymentId: string }>('select tenant_id as "tenantId", id as "paymentId" from commerce.payment where due_at <= $1 order by id', [this.shop.clock.now()])) await door.settlePayment({ tenantId, paymentId });
  }

  async close(): Promise<void> {
    await this.shop.close();
    await this.standIn.close();
  }
}

/** The event that Stripe sends of an object. */
export const stripeEvent = (type: string, object: Record<string, unknown>, id = `evt_${serial += 1}`): Record<string, unknown> =>
  ({ id, object: 'event', type, api_version: null, created: 1_700_000_000, livemode: false, pending_webhooks: 1, request: { id: null, idempotency_key: null }, data: { object } });
