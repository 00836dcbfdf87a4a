// Lanes of payments: what is left of one to be given back, and the one charge of an order.
import { signStripeBody } from '../../ops/standins/sign-webhook.js';
import { commerceDoor } from '../../subgraphs/commerce/public.js';
import { decodeId } from '../../subgraphs/kernel/base/ids.js';
import { stripeEvent } from '../kit/payments.js';
import type { RaceLane } from './races.lane.js';
import { careless, CARELESS, cart, CLIENTS, customer, made, times, variant } from './races.sell.js';

const TAKEN = 1_000n;
const EACH = 100n;

const refunds: RaceLane = {
  name: 'refunds',
  breaks: 'alter table commerce.payment drop constraint payment_not_overrefunded',
  run: async (world, small) => {
    const clients = small ? 24 : CLIENTS;
    const cartId = await cart(world, (await customer(world)).id, await variant(world, false));
    const { lines } = (await world.ask('query ($id: ID!) { cart(id: $id) { lines { id } } }', { id: cartId })).data?.['cart'] as { lines: { id: string }[] };
    await made(world, 'cartLineUpdate', { lineId: lines[0]?.id, quantity: 10 }, 'cart { id }');
    const { id: orderId } = await made<{ id: string }>(world, 'orderPlace', { cartId, idempotencyKey: 'order' }, 'order { id }');
    const { id: paymentId } = await made<{ id: string }>(world, 'paymentRecord', { orderId, method: 'CASH', idempotencyKey: 'cash' }, 'payment { id }');
    const race = async (): Promise<number> => (await times(clients, async (client) => {
      const { userErrors } = await world.send('paymentRefund', { paymentId, amount: { minor: String(EACH), currency: 'EUR' }, idempotencyKey: `refund/${client}` }, 'refund { id }');
      const wrong = userErrors.find(({ __typename }) => __typename !== 'RefundTooLarge');
      if (wrong) throw new Error(JSON.stringify(wrong));
      return userErrors.length === 0;
    })).filter(Boolean).length;
    let given = 0;
    const id = decodeId('pay', paymentId) ?? '';
    const won = await careless(world, async () => (given = await race()), {
      id, look: `select captured_minor - refunded_minor >= ${EACH} as free from commerce.payment where id = $1`, write: `update commerce.payment set refunded_minor = refunded_minor + ${EACH} where id = $1`,
    });
    const [row] = await world.rows<{ refunded: string; balance: string; made: string }>(`select p.refunded_minor::text as refunded, (select sum(minor)::text from commerce.payment_event where payment_id = p.id) as balance,
      (select coalesce(sum(minor), 0)::text from commerce.payment_refund where payment_id = p.id and state = 'SUCCEEDED') as made from commerce.payment p where p.id = $1`, [id]);
    const [refunded, balance, sum] = [BigInt(row?.refunded ?? 0), BigInt(row?.balance ?? 0), BigInt(row?.made ?? 0)];
    return {
      attempts: clients + CARELESS, won,
      violations: [
        ...(refunded > TAKEN ? [`${refunded} were given back of ${TAKEN}`] : []), ...(BigInt(won) * EACH === TAKEN ? [] : [`${won} came through for ${TAKEN / EACH}`]),
        ...(balance === TAKEN - sum ? [] : [`events leave ${balance}, refunds ${TAKEN - sum}`]), ...(BigInt(given) * EACH === sum ? [] : [`${given} were answered and ${sum} given back`]),
      ],
    };
  },
};

const STRIPE_KEY = 'sk_test_racedAgainstItself';
const SIGNED_WITH = 'whsec_raced0123456789';

/** The client says that it was paid, and pays, while Stripe's webhooks say so too, each twice: in any order there is one charge and one paid order. */
const charge: RaceLane = {
  name: 'charge', stripe: true,
  breaks: 'drop index commerce.payment_event_once',
  run: async (world, small) => {
    const clients = small ? 24 : CLIENTS;
    const account = await made<{ id: string; webhookUrl: string }>(world, 'paymentAccountCreate', { name: 'Till', secretKey: STRIPE_KEY, webhookSecret: SIGNED_WITH }, 'paymentAccount { id webhookUrl }');
    const { id: orderId } = await made<{ id: string }>(world, 'orderPlace', { cartId: await cart(world, (await customer(world)).id, await variant(world, false)), idempotencyKey: 'order' }, 'order { id }');
    const { id: paymentId } = await made<{ id: string }>(world, 'paymentCreate', { orderId, paymentAccountId: account.id, idempotencyKey: 'pay' }, 'payment { id }');
    const id = decodeId('pay', paymentId) ?? '';
    const [held] = await world.rows<{ external: string }>('select external_id as external from commerce.payment where id = $1', [id]);
    const external = held?.external ?? '';
    const door = commerceDoor(world.subgraph.running.services);
    const hook = async (event: Record<string, unknown>): Promise<void> => {
      const body = JSON.stringify(event);
      const { status } = await world.subgraph.running.routes.port.handle('stripeWebhook', {
        params: { accountKey: account.webhookUrl.split('/').at(-1) ?? '' }, query: new URLSearchParams(), headers: { 'stripe-signature': signStripeBody(body, SIGNED_WITH) }, body: Buffer.from(body), oversize: false, ip: '127.0.0.1', correlationId: 'race', url: '',
      });
      if (status !== 200) throw new Error(`A webhook was answered with ${status}.`);
      await door.settlePayment({ tenantId: world.tenant, paymentId: id });
    };
    const confirm = async (client: number): Promise<void> => {
      const { userErrors } = await world.send('paymentConfirm', { paymentId, paymentMethodId: 'pm_card_visa', idempotencyKey: `confirm/${client % 4}` }, 'payment { id }');
      if (userErrors.length > 0) throw new Error(JSON.stringify(userErrors));
    };
    const events = ['payment_intent.succeeded', 'payment_intent.created', 'charge.succeeded'].map((type) => stripeEvent(type, type.startsWith('payment') ? { id: external, object: 'payment_intent' } : { id: 'ch_1', object: 'charge', payment_intent: external }));
    const won = await careless(world, async () => {
      await times(clients, (client) => (client % 2 === 0 ? confirm(client) : hook(events[client % events.length] ?? {})));
      for (const { webhookId } of await world.rows<{ webhookId: string }>(`select id as "webhookId" from commerce.payment_webhook where state = 'RECEIVED'`)) await door.readPaymentWebhook({ tenantId: world.tenant, webhookId });
      return 1;
    }, {
      id, look: `select not exists (select from commerce.payment_event where payment_id = $1 and kind = 'CAPTURED') as free`,
      write: `insert into commerce.payment_event (tenant_id, payment_id, seq, kind, minor, created_at) select p.tenant_id, p.id, (select max(seq) + 1 from commerce.payment_event where payment_id = p.id), 'CAPTURED', p.amount_minor, now() from commerce.payment p where p.id = $1`,
    });
    const [row] = await world.rows<{ charges: number; taken: string; status: string; open: number; total: string }>(`select (select count(*)::int from commerce.payment_event where payment_id = p.id and kind = 'CAPTURED') as charges,
      (select sum(minor)::text from commerce.payment_event where payment_id = p.id) as taken, o.charge_status as status, o.total_minor::text as total, (select count(*)::int from commerce.payment_webhook where state <> 'PROCESSED') as open
      from commerce.payment p join commerce.sales_order o on o.id = p.order_id where p.id = $1`, [id]);
    const { charges = 0, taken, status, open = 0, total } = row ?? {};
    const intent = await (await fetch(`${world.stripeUrl}/v1/payment_intents/${external}`, { headers: { authorization: `Bearer ${STRIPE_KEY}` } })).json() as { amount_received: number };
    return {
      attempts: clients + CARELESS, won,
      violations: [
        ...(charges === 1 ? [] : [`${charges} charges`]), ...(taken === total && String(intent.amount_received) === total ? [] : [`events have ${taken}, Stripe ${intent.amount_received}, of ${total}`]),
        ...(status === 'FULL' ? [] : [`the order is ${status}`]), ...(open === 0 ? [] : [`${open} webhooks wait`]),
      ],
    };
  },
};

export const paymentLanes: readonly RaceLane[] = [refunds, charge];
