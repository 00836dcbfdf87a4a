// Who buys and books while processes are killed: each goes through a whole story, asks again with the same keys when nobody answers, and notes what it was told that does not fit.
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeId } from '../../subgraphs/kernel/base/ids.js';
import { stripeEvent } from '../kit/payments.js';
import type { KillWorld, Payload } from './kills.world.js';
import { oneOf, shuffled, upTo, type Random } from './seeded.js';

export const STRIPE_KEY = 'sk_test_killedAndAskedAgain';
export const SIGNED_WITH = 'whsec_killed0123456789';
const PRICE = 1_000;
/** For a state to be seen after the last that leads to it was answered. */
const LOOKS = 300;
const LOOK_MS = 200;

export interface KillShop {
  accountId: string;
  accountKey: string;
  /** Of the first there is little. */
  variantIds: readonly [string, string];
  venueId: string;
  starts: readonly string[];
  customerId: string;
}

interface Paid { id: string; state: string; settling: boolean; order: { chargeStatus: string } }
const PAYMENT = 'payment { id state settling order { chargeStatus } }';
const LINES = 'cart { id version lines { id } }';
interface Cart { id: string; version: number; lines: { id: string }[] }

export class Guest {
  /** What became of its stories. */
  readonly told = { orders: 0, paid: 0, refunds: 0, bookings: 0, refused: 0 };
  #stories = 0;

  constructor(private readonly world: KillWorld, private readonly shop: KillShop, private readonly name: string, private readonly random: Random) {}

  /** One story. What is wrong with it becomes a violation. */
  async live(): Promise<void> {
    this.#stories += 1;
    const key = `${this.name}-${this.#stories}`;
    await (this.random() < 0.3 ? this.#book(key) : this.#buy(key)).catch((error: Error) => this.world.violations.push(`${key}: ${error.message}`));
  }

  async #buy(key: string): Promise<void> {
    const cartId = await this.#filled();
    if (this.random() < 0.5) await this.#edit(cartId, 'cartUpdate', { voucherCode: 'KILLED' }, 'VoucherUnusable');
    const order = await this.#once('orderPlace', { cartId, idempotencyKey: key }, 'order { id lines { id } }', ['OutOfStock', 'VoucherUnusable']);
    if (!order) return;
    const { id: orderId, lines } = order as { id: string; lines: { id: string }[] };
    this.told.orders += 1;
    const chance = this.random();
    if (chance < 0.1) return void await this.world.made('orderTransition', { orderId, to: 'CANCELED' }, 'order { id }');
    const paymentId = chance < 0.2 ? (await this.world.made<Paid>('paymentRecord', { orderId, method: 'CASH', idempotencyKey: `${key}-cash` }, PAYMENT)).id : await this.#payByCard(key, orderId);
    if (paymentId === null) return;
    this.told.paid += 1;
    if (this.random() < 0.6) await this.#giveBack(key, paymentId, lines[0]?.id ?? '');
  }

  /** A cart of two lines: a line that was put in unheard is found by the version of the cart. */
  async #filled(): Promise<string> {
    const { id } = await this.world.made<Cart>('cartCreate', { customerId: this.shop.customerId, fulfillment: 'PICKUP' }, LINES);
    await this.#edit(id, 'cartLineAdd', { variantId: this.shop.variantIds[upTo(2, this.random)], quantity: 1 });
    await this.#edit(id, 'cartLineAdd', { variantId: this.shop.variantIds[1], quantity: 1 });
    const { cart } = await this.world.ask(`query ($id: ID!) { ${LINES.replace('cart', 'cart(id: $id)')} }`, { id }) as { cart: Cart };
    if (cart.lines.length !== 2) throw new Error(`Two lines were put into a cart, and ${cart.lines.length} are there.`);
    return id;
  }

  async #edit(cartId: string, field: string, change: Record<string, unknown>, allowed = ''): Promise<void> {
    const { cart } = await this.world.ask('query ($id: ID!) { cart(id: $id) { version } }', { id: cartId }) as { cart: { version: number } };
    const { userErrors } = await this.world.send(field, { cartId, expectedVersion: cart.version, ...change }, LINES);
    // CartChanged: it was done, and the answer was lost.
    const wrong = userErrors.find(({ __typename }) => __typename !== 'CartChanged' && __typename !== allowed);
    if (wrong) throw new Error(`${field}: ${JSON.stringify(userErrors)}`);
  }

  /** By one key, asked twice: the same must come of it. @returns null when it was refused for one of the reasons */
  async #once(field: string, input: Record<string, unknown>, select: string, reasons: readonly string[]): Promise<unknown> {
    const { userErrors, ...payload } = await this.world.send(field, input, select);
    if (userErrors.length > 0) {
      if (!userErrors.every(({ __typename }) => reasons.includes(__typename))) throw new Error(`${field}: ${JSON.stringify(userErrors)}`);
      this.told.refused += 1;
      return null;
    }
    const [made] = Object.values(payload) as { id: string }[];
    const again = Object.values(await this.world.send(field, input, select))[0] as { id: string } | null;
    if (made?.id !== again?.id) throw new Error(`${field} made ${made?.id} and ${again?.id} of one key.`);
    return made;
  }

  /** @returns null when the customer does not come back: only webhooks and jobs tell of it */
  async #payByCard(key: string, orderId: string): Promise<string | null> {
    const { payment, clientSecret } = await this.#wished(key, orderId);
    const external = clientSecret.slice(0, clientSecret.indexOf('_secret_'));
    const chance = this.random();
    const byDevice = chance < 0.5;
    if (byDevice) await this.#stripe(`/v1/payment_intents/${external}/confirm`, { payment_method: 'pm_card_visa' });
    const confirm = (): Promise<Payload> => this.world.send('paymentConfirm', { paymentId: payment.id, idempotencyKey: `${key}-confirm`, ...(byDevice ? {} : { paymentMethodId: 'pm_card_visa' }) }, PAYMENT);
    // The customer's device has paid, and its page was closed.
    const gone = chance < 0.15;
    await Promise.all(shuffled([...this.#hooks(external, 'payment_intent.created', 'payment_intent.succeeded', 'charge.succeeded'), ...(gone ? [] : [confirm, confirm])], this.random).map((one) => one()));
    if (gone) return null;
    await this.#seen(payment.id, ({ state, settling, order }) => state === 'SUCCEEDED' && !settling && order.chargeStatus === 'FULL', `the payment of ${key} is not paid`);
    return payment.id;
  }

  /** Until its provider has told of it. */
  async #wished(key: string, orderId: string): Promise<{ payment: Paid; clientSecret: string }> {
    for (let look = 0; look < LOOKS; look += 1) {
      const { payment, clientSecret, userErrors } = await this.world.send('paymentCreate', { orderId, paymentAccountId: this.shop.accountId, idempotencyKey: `${key}-pay` }, `clientSecret ${PAYMENT}`);
      if (userErrors.length > 0) throw new Error(`paymentCreate: ${JSON.stringify(userErrors)}`);
      if (typeof clientSecret === 'string') return { payment: payment as Paid, clientSecret };
      await sleep(LOOK_MS);
    }
    throw new Error(`The payment of ${key} was never made.`);
  }

  /** Each told twice, in any order. */
  #hooks(external: string, ...types: string[]): (() => Promise<unknown>)[] {
    const events = types.map((type) => stripeEvent(type, type.startsWith('payment_intent') ? { id: external, object: 'payment_intent' } : { id: 'ch_1', object: 'charge', payment_intent: external }, `evt_${external.slice(3)}_${type.replace('.', '_')}`));
    return [...events, ...events].map((event) => () => this.world.deliver(this.shop.accountKey, event, SIGNED_WITH));
  }

  async #giveBack(key: string, paymentId: string, orderLineId: string): Promise<void> {
    const part = { amount: { minor: String(PRICE / 2), currency: 'EUR' } };
    const wishes = [part, part, { lines: [{ orderLineId, quantity: 1, restock: true }] }, {}, part];
    const asked = wishes.map((wish, place) => () => this.world.send('paymentRefund', { paymentId, idempotencyKey: `${key}-refund-${place}`, ...wish }, 'refund { id }'));
    const [row] = await this.world.rows<{ external: string | null }>('select external_id as external from commerce.payment where id = $1', [decodeId('pay', paymentId)]);
    const external = row?.external ?? null;
    // Somebody gives some of it back at Stripe's dashboard meanwhile: it may be too much by then, for Stripe.
    const dashboard = external === null ? [] : [() => this.#stripe('/_refunds', { payment_intent: external, amount: PRICE / 5 }), ...this.#hooks(external, 'charge.refunded')];
    const answers = await Promise.all(shuffled([...asked, asked[0] ?? (() => Promise.resolve({ userErrors: [] })), ...dashboard], this.random).map((one) => one()));
    const wrong = answers.filter((answer): answer is Payload => answer !== undefined).flatMap(({ userErrors }) => userErrors).find(({ __typename }) => __typename !== 'RefundTooLarge' && __typename !== 'PaymentRefused');
    if (wrong) throw new Error(`paymentRefund: ${JSON.stringify(wrong)}`);
    this.told.refunds += 1;
  }

  /** What the customer's device, or somebody at the dashboard, says to Stripe. */
  async #stripe(path: string, said: Record<string, unknown>): Promise<void> {
    const scripted = path.startsWith('/_');
    const response = await fetch(this.world.stripe.url + path, scripted ? { method: 'PUT', body: JSON.stringify(said) }
      : { method: 'POST', headers: { authorization: `Bearer ${STRIPE_KEY}` }, body: new URLSearchParams(said as Record<string, string>) });
    await response.arrayBuffer();
  }

  async #seen(id: string, wanted: (payment: Paid) => boolean, otherwise: string): Promise<void> {
    let last: Paid | null = null;
    for (let look = 0; look < LOOKS; look += 1) {
      last = (await this.world.ask(`query ($id: ID!) { ${PAYMENT.replace('payment', 'payment(id: $id)')} }`, { id }))['payment'] as Paid;
      if (wanted(last)) return;
      await sleep(LOOK_MS);
    }
    throw new Error(`${otherwise}: ${JSON.stringify(last)}`);
  }

  /** Nearly all are called off again, so that there is something to race for. */
  async #book(key: string): Promise<void> {
    const held = await this.#once('reservationHold', { venueId: this.shop.venueId, startsAt: oneOf(this.shop.starts, this.random), partySize: 1 + upTo(4, this.random), idempotencyKey: key }, 'reservation { id }', ['SlotUnavailable']);
    if (!held) return;
    this.told.bookings += 1;
    const { id: reservationId } = held as { id: string };
    await this.world.made('reservationConfirm', { reservationId }, 'reservation { id status }');
    if (this.random() < 0.97) await this.world.made('reservationCancel', { reservationId }, 'reservation { id }');
  }
}

