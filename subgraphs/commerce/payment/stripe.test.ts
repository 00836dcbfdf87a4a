// Stripe's signatures, amounts, and the table of states: what is pure of payments.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { chargeStatusOf, PAYMENT_STATES, PAYMENT_TRANSITIONS, refundStatusOf } from './payment.states.js';
import { fromStripe, toStripe } from './stripe.amounts.js';
import { stripeProvider } from './stripe.provider.js';
import { isSignedByStripe } from './stripe.signature.js';
import { createHmac } from 'node:crypto';

const SECRET = 'whsec_test_secret';
const T = 1_700_000_000;
const at = (seconds: number): Date => new Date(seconds * 1000);
const BODY = Buffer.from('{\n  "id": "evt_test_webhook",\n  "object": "event"\n}');
const V1 = '4f1cd7feda9826e746b7d482c4badebb657398df1099e1046364f6196a230150';

describe('a signature', () => {
  // Source: test/crypto/helpers.ts of stripe-node (MIT), 663942164; the secret is test_secret, over the payload alone.
  it.each([
    ['', 'f7f9bd47fb987337b5796fdc1fdb9ba221d0d5396814bfcaf9521f43fd8927fd'],
    ['{"obj1":"hello","obj2":"world"}', 'bebb1a643997f419b315ddba19e6f5411e1ce7f810ba6d3617ce72823092f363'],
    ['😀', '837da296d05c4fe31f61d5d7ead035099d9585a5bcde87de952012a78f0b0c43'],
  ])('is made of the whole secret and the bytes: %j', (payload, hex) => {
    expect(createHmac('sha256', 'test_secret').update(payload).digest('hex')).toBe(hex);
  });

  it.each([
    ['as it is', `t=${T},v1=${V1}`, T, true], ['in its last second', `t=${T},v1=${V1}`, T + 300, true], ['with another beside it', `t=${T},v1=${'0'.repeat(64)},v1=${V1},v0=ab`, T, true],
    ['too old', `t=${T},v1=${V1}`, T + 301, false], ['of a time to come', `t=${T},v1=${V1}`, T - 1, false], ['of another scheme alone', `t=${T},v0=${V1}`, T, false], ['without a time', `v1=${V1}`, T, false],
    ['of two times', `t=${T},t=${T + 1},v1=${V1}`, T, false], ['too short', `t=${T},v1=${V1.slice(2)}`, T, false], ['in capitals', `t=${T},v1=${V1.toUpperCase()}`, T, false], ['empty', '', T, false], ['of another time', `t=${T + 1},v1=${V1}`, T + 1, false],
  ])('%s', (_, header, now, taken) => {
    expect(isSignedByStripe({ header, body: BODY, secrets: [SECRET], now: at(now) })).toBe(taken);
  });

  it('is taken by any secret that holds, over these bytes alone, and is what the library of Stripe makes', () => {
    const header = new Stripe('sk_test_unused').webhooks.generateTestHeaderString({ payload: BODY.toString(), secret: SECRET, timestamp: T });
    expect(isSignedByStripe({ header, body: BODY, secrets: ['whsec_newer', SECRET], now: at(T) })).toBe(true);
    expect(isSignedByStripe({ header, body: BODY, secrets: ['whsec_newer'], now: at(T) })).toBe(false);
    expect(isSignedByStripe({ header, body: Buffer.concat([BODY, Buffer.from(' ')]), secrets: [SECRET], now: at(T) })).toBe(false);
  });
});

const fixtures = join(process.env['SWITCHBOARD_FIXTURES'] ?? join(process.cwd(), '..', 'shared', 'fixtures'), 'commerce', 'stripe');
const published = existsSync(fixtures) ? (JSON.parse(readFileSync(join(fixtures, 'signed_headers.json'), 'utf8')) as { events: { file: string; type: string; header: string }[] }).events : [];
(published.length > 0 ? describe : describe.skip)('published bodies of events', () => {
  it('are read for what they are about, each by its own signature', () => {
    const provider = stripeProvider({ secretKey: 'sk_test_unused', webhookSecrets: ['whsec_test_secret'], url: undefined });
    const read = published.map(({ file, header }, place) => provider.readWebhook({ body: readFileSync(join(fixtures, file)), headers: { 'stripe-signature': header }, now: at(T + place) }));
    expect(read).toMatchObject(published.map(({ type }) => ({ type })));
    const about = (type: string) => read.find((one) => 'type' in one && one.type === type);
    expect(about('payment_intent.succeeded')).toMatchObject({ externalId: 'pi_1PgafyB7WZ01zgkWSjxsAJo3', paymentId: null });
    expect(about('customer.created')).toMatchObject({ externalId: null });
  });
});

describe('an amount', () => {
  it.each([['EUR', 1_099n, 1_099], ['JPY', 500n, 500], ['ISK', 5n, 500], ['UGX', 7n, 700], ['MGA', 300n, 3], ['KWD', 1_230n, 1_230]] as const)('of %s goes to Stripe and comes back', (currency, minor, amount) => {
    expect([toStripe(minor, currency), fromStripe(amount, currency)]).toEqual([amount, minor]);
  });

  it.each([['KWD', 1_234n], ['MGA', 350n]] as const)('of %s that it cannot take exactly is not rounded', (currency, minor) => expect(toStripe(minor, currency)).toBeNull());
});

describe('the states', () => {
  it('end where nothing more can happen, and lead nowhere that is none', () => {
    expect(PAYMENT_STATES.filter((state) => PAYMENT_TRANSITIONS[state].length === 0)).toEqual(['SUCCEEDED', 'CANCELED']);
    expect(PAYMENT_STATES.filter((state) => PAYMENT_TRANSITIONS[state].includes(state))).toEqual([]);
  });

  it('of an order follow from what was taken and given back', () => {
    expect([0n, 1n, 10n, 11n].map((captured) => chargeStatusOf(captured, 10n))).toEqual(['NONE', 'PARTIAL', 'FULL', 'OVERCHARGED']);
    expect([0n, 1n, 10n].map((refunded) => refundStatusOf(refunded, 10n))).toEqual(['NONE', 'PARTIAL', 'FULL']);
  });
});
