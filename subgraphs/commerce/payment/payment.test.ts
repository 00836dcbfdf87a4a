// Payments from the wish to the money back: one charge whatever happens on the way, and never more back than was taken.
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { permutations } from '../../../test/kit/permutations.js';
import { STRIPE_KEY, STRIPE_WEBHOOK_SECRET, stripeEvent, TestPayments, type Paid } from '../../../test/kit/payments.js';
import { person } from '../../../test/kit/subgraph.js';
import { decodeId } from '../../kernel/base/ids.js';
import { createLogger } from '../../kernel/base/logger.js';

const CARD = '4242424242424242';
const lines: string[] = [];
let till: TestPayments;

beforeAll(async () => {
  till = await TestPayments.boot(createLogger({ level: 'debug', destination: new Writable({ write: (chunk, _encoding, done) => { lines.push(String(chunk)); done(); } }) }));
});
afterAll(() => till?.close());

const kinds = ({ events }: Paid): string[] => events.map(({ kind }) => kind);
const balance = ({ events }: Paid): number => events.reduce((all, { amount }) => all + Number(amount.minor), 0);
const charges = async (external: string) => (await till.sent()).filter(({ path, repeated, id }) => path.includes('confirm') && !repeated && id === external).length;
const payment = (payload: Record<string, unknown>): Paid => payload['payment'] as Paid;

describe('a payment', () => {
  it('takes what is due once, however often and at once it is wished for and confirmed', async () => {
    const dish = await till.shop.counted(5);
    const orderId = await till.order(2, dish);
    const wishes = await Promise.all([1, 2, 3].map(() => till.create(orderId, { idempotencyKey: 'one-wish' })));
    expect(new Set(wishes.map((wish) => payment(wish).id)).size).toBe(1);
    expect(new Set(wishes.map(({ clientSecret }) => clientSecret)).size).toBe(1);
    expect(wishes[0]).toMatchObject({ clientSecret: expect.stringMatching(/^pi_\w+_secret_/), userErrors: [], payment: { state: 'REQUIRES_METHOD', settling: false, amount: { minor: '2000' }, captured: { minor: '0' } } });
    const { id } = payment(wishes[0] ?? {});
    expect((await till.create(orderId)).userErrors).toMatchObject([{ __typename: 'PaymentOpen' }]);
    expect(await till.shop.stock(dish.variantId)).toEqual([5, 2]);
    const external = await till.external(id);
    const confirm = () => till.act('paymentConfirm', id, { paymentMethodId: 'pm_card_visa', idempotencyKey: 'one-confirm' });
    const hook = (): Promise<unknown> => till.hook(stripeEvent('payment_intent.succeeded', { id: external, object: 'payment_intent' })).then(() => till.work());
    await Promise.all([confirm(), hook(), confirm(), hook()]);
    const paid = await till.look(id);
    expect(paid).toMatchObject({ state: 'SUCCEEDED', captured: { minor: '2000' }, order: { chargeStatus: 'FULL', refundStatus: 'NONE' } });
    expect([kinds(paid), await charges(external)]).toEqual([['CREATED', 'CAPTURED'], 1]);
    // What is paid for is sold, does not expire, and comes back with the whole order, once.
    expect(await till.shop.stock(dish.variantId)).toEqual([3, 0]);
    expect(await till.shop.rows('select expires_at from commerce.sales_order where id = $1', [decodeId('ord', orderId)])).toEqual([{ expires_at: null }]);
    expect((await till.create(orderId)).userErrors).toMatchObject([{ __typename: 'OrderNotPayable' }]);
    await till.shop.send('orderTransition', { orderId, to: 'REJECTED' }, 'order { id }');
    expect(await till.shop.stock(dish.variantId)).toEqual([5, 0]);
  });

  it('is held and taken in part, called off, declined and tried again, or waits for the customer and the bank', async () => {
    const heldOrder = await till.order(2);
    const heldId = await till.paid(heldOrder, { manualCapture: true });
    expect(await till.look(heldId)).toMatchObject({ state: 'REQUIRES_CAPTURE', captured: { minor: '0' }, order: { chargeStatus: 'NONE' } });
    expect((await till.act('paymentCapture', heldId, { amount: { minor: '2001', currency: 'EUR' } })).errors).toEqual(['InputInvalid']);
    const captured = await till.act('paymentCapture', heldId, { amount: { minor: '1500', currency: 'EUR' } });
    expect([captured.errors, kinds(captured.payment), captured.payment.order.chargeStatus]).toEqual([[], ['CREATED', 'AUTHORIZED', 'CAPTURED'], 'PARTIAL']);
    expect((await till.act('paymentCancel', heldId)).errors).toEqual(['PaymentStateWrong']);
    // The rest is due, and is taken by hand.
    expect(payment(await till.shop.send('paymentRecord', { orderId: heldOrder, method: 'CASH', idempotencyKey: 'rest' }, 'payment { state amount { minor } order { chargeStatus } }'))).toEqual({ state: 'SUCCEEDED', amount: { minor: '500' }, order: { chargeStatus: 'FULL' } });

    const { id } = payment(await till.create(await till.order()));
    const declined = await till.act('paymentConfirm', id, { paymentMethodId: 'pm_card_chargeDeclined' });
    expect([declined.errors, declined.payment]).toMatchObject([['PaymentRefused'], { state: 'REQUIRES_METHOD', failureCode: 'generic_decline', settling: false }]);
    expect((await till.act('paymentConfirm', id, { paymentMethodId: 'pm_card_authenticationRequired' })).payment.state).toBe('REQUIRES_ACTION');
    await till.script('/_authenticate', { id: await till.external(id) });
    expect((await till.act('paymentConfirm', id)).payment).toMatchObject({ state: 'SUCCEEDED', failureCode: null, order: { chargeStatus: 'FULL' } });

    const slow = payment(await till.create(await till.order())).id;
    expect((await till.act('paymentConfirm', slow, { paymentMethodId: 'pm_bank' })).payment.state).toBe('PROCESSING');
    await till.script('/_authenticate', { id: await till.external(slow) });
    till.shop.clock.advance(3_700_000);
    await till.work();
    expect((await till.look(slow)).state).toBe('SUCCEEDED');

    const off = await till.paid(await till.order(), { manualCapture: true });
    for (let time = 0; time < 2; time += 1) expect((await till.act('paymentCancel', off)).payment).toMatchObject({ state: 'CANCELED', captured: { minor: '0' } });
    expect(kinds(await till.look(off))).toEqual(['CREATED', 'AUTHORIZED', 'CANCELED']);
  });

  it('whose provider dies after it did what it was asked is settled by the job, and nothing is done twice', async () => {
    // The library asks once more by itself when a connection ends: that ends too.
    const dies = () => till.next({ drop: 'after' }, { status: 500 });
    const orderId = await till.order();
    await dies();
    const first = await till.create(orderId, { idempotencyKey: 'unclear' });
    expect(first).toMatchObject({ clientSecret: null, userErrors: [], payment: { state: 'REQUIRES_METHOD', settling: true } });
    const { id } = payment(first);
    expect((await till.act('paymentConfirm', id, { paymentMethodId: 'pm_card_visa' })).errors).toEqual(['PaymentStateWrong']);
    till.shop.clock.advance(60_000);
    await till.work();
    expect(await till.look(id)).toMatchObject({ state: 'REQUIRES_METHOD', settling: false });
    expect((await till.sent()).filter(({ idempotencyKey }) => idempotencyKey === `create-${decodeId('pay', id)}`).map(({ repeated }) => repeated)).toEqual([false, true]);
    expect((await till.create(orderId, { idempotencyKey: 'unclear' })).clientSecret).toMatch(/_secret_/);
    await dies();
    expect((await till.act('paymentConfirm', id, { paymentMethodId: 'pm_card_visa' })).payment.settling).toBe(true);
    till.shop.clock.advance(60_000);
    await till.work();
    await dies();
    expect((await till.act('paymentRefund', id, { amount: { minor: '400', currency: 'EUR' } })).payment).toMatchObject({ refunded: { minor: '400' }, order: { refundStatus: 'NONE' }, refunds: [{ state: 'PENDING' }] });
    till.shop.clock.advance(60_000);
    await till.work();
    const settled = await till.look(id);
    const external = await till.external(id);
    expect([settled, await charges(external), balance(settled)]).toMatchObject([{ state: 'SUCCEEDED', refunded: { minor: '400' }, order: { refundStatus: 'PARTIAL' }, refunds: [{ state: 'SUCCEEDED' }] }, 1, 600]);
    expect((await till.sent()).filter(({ path, repeated, form }) => path === '/v1/refunds' && !repeated && form['payment_intent'] === external)).toHaveLength(1);
    const refused = payment(await till.create(await till.order()));
    await till.next({ status: 400, body: { error: { type: 'invalid_request_error', code: 'parameter_invalid' } } });
    expect((await till.act('paymentConfirm', refused.id, { paymentMethodId: 'pm_card_visa' }))).toMatchObject({ errors: ['PaymentRefused'], payment: { state: 'REQUIRES_METHOD', failureCode: 'parameter_invalid' } });
  });
});

describe('a refund', () => {
  it('gives back an amount, lines with their goods, and the rest; many at once never more than was taken', async () => {
    const dish = await till.shop.counted(10);
    const orderId = await till.order(3, dish);
    const id = await till.paid(orderId);
    const { order } = await till.shop.query<{ order: { lines: { id: string }[] } }>('query ($id: ID!) { order(id: $id) { lines { id } } }', { id: orderId });
    const line = (quantity: number, restock = true) => ({ lines: [{ orderLineId: order.lines[0]?.id, quantity, restock }] });
    const one = await till.act('paymentRefund', id, line(1));
    expect(one).toMatchObject({ errors: [], payment: { refunded: { minor: '1000' }, order: { refundStatus: 'PARTIAL' } } });
    expect(await till.shop.stock(dish.variantId)).toEqual([8, 0]);
    expect((await till.act('paymentRefund', id, line(3))).errors).toEqual(['RefundTooLarge']);
    const many = await Promise.all(Array.from({ length: 6 }, () => till.act('paymentRefund', id, { amount: { minor: '700', currency: 'EUR' } })));
    expect(many.filter(({ errors }) => errors.length === 0)).toHaveLength(2);
    const rest = await till.act('paymentRefund', id);
    expect([rest.payment, balance(rest.payment)]).toMatchObject([{ refunded: { minor: '3000' }, order: { chargeStatus: 'FULL', refundStatus: 'FULL' } }, 0]);
    expect((await till.act('paymentRefund', id)).errors).toEqual(['RefundTooLarge']);
    // What came back with a refund does not come back again with its order.
    await till.shop.send('orderTransition', { orderId, to: 'CANCELED' }, 'order { id }');
    expect(await till.shop.stock(dish.variantId)).toEqual([10, 0]);
    await expect(till.shop.rows('update commerce.payment set refunded_minor = captured_minor + 1 where id = $1', [decodeId('pay', id)])).rejects.toThrow('payment_not_overrefunded');
  });

  it('of money taken by hand is given by hand; one that comes to nothing is taken back', async () => {
    const orderId = await till.order();
    const cash = payment(await till.shop.send('paymentRecord', { orderId, method: 'TERMINAL', idempotencyKey: 'cash' }, 'payment { id }')).id;
    const back = await till.act('paymentRefund', cash);
    expect([back, balance(back.payment)]).toMatchObject([{ errors: [], payment: { order: { chargeStatus: 'FULL', refundStatus: 'FULL' }, refunds: [{ state: 'SUCCEEDED' }] } }, 0]);
    const id = await till.paid(await till.order());
    await till.next({ status: 402, body: { error: { type: 'card_error', code: 'expired_or_canceled_card' } } });
    expect(await till.act('paymentRefund', id)).toMatchObject({ errors: ['PaymentRefused'], payment: { refunded: { minor: '0' }, order: { refundStatus: 'NONE' }, refunds: [{ state: 'FAILED' }] } });
    await till.act('paymentRefund', id);
    const refund = (await till.sent()).findLast(({ path }) => path === '/v1/refunds')?.id;
    await till.script('/_refunds', { id: refund, status: 'failed' });
    await till.hook(stripeEvent('refund.failed', { id: refund, object: 'refund', payment_intent: await till.external(id) }));
    await till.work();
    const failed = await till.look(id);
    expect([failed, balance(failed), kinds(failed)]).toMatchObject([{ refunded: { minor: '0' }, order: { refundStatus: 'NONE' } }, 1000, ['CREATED', 'CAPTURED', 'REFUNDED', 'REFUND_FAILED']]);
  });
});

describe('lists of payments', () => {
  it('go on beyond a hundred refunds and disputes of an order, page by page, none twice and none missing', async () => {
    const orderId = await till.order(2);
    const id = await till.paid(orderId);
    const [tenant, payment_] = [till.shop.tenantId, decodeId('pay', id)];
    await till.shop.rows(`insert into commerce.payment_refund (tenant_id, id, payment_id, minor, state, created_at) select $1, gen_random_uuid(), $2, 1, 'FAILED', now() from generate_series(1, 120)`, [tenant, payment_]);
    await till.shop.rows(`insert into commerce.payment_dispute (tenant_id, id, payment_id, external_id, minor, reason, state, created_at) select $1, gen_random_uuid(), $2, n, 1, 'general', 'WON', now() from generate_series(1, 101) n`, [tenant, payment_]);
    interface Page { nodes: { id: string; payment: { id: string } }[]; pageInfo: { endCursor: string | null; hasNextPage: boolean } }
    for (const [list, count] of [['refunds', 120], ['disputes', 101]] as const) {
      const seen: string[] = [];
      for (let after: string | null = null, more = true; more;) {
        const page: Page = (await till.shop.query<{ order: Record<string, Page> }>(`query ($id: ID!, $after: String) { order(id: $id) { ${list}(first: 50, after: $after) { nodes { id amount { minor } payment { id } } edges { node { id } } pageInfo { endCursor hasNextPage } } } }`, { id: orderId, after })).order[list] as Page;
        seen.push(...page.nodes.map((node) => node.id));
        expect(page.nodes.every((node) => node.payment.id === id)).toBe(true);
        [after, more] = [page.pageInfo.endCursor, page.pageInfo.hasNextPage];
      }
      expect([seen.length, new Set(seen).size]).toEqual([count, count]);
    }
    const PAYMENTS = 'query ($filter: PaymentFilter, $after: String) { payments(first: 1, after: $after, filter: $filter) { nodes { id } pageInfo { endCursor } } }';
    expect(await till.shop.query(PAYMENTS, { filter: { orderId, state: 'SUCCEEDED' } })).toMatchObject({ payments: { nodes: [{ id }] } });
    expect(await till.shop.query(PAYMENTS, { filter: { orderId, state: 'CANCELED' } })).toMatchObject({ payments: { nodes: [] } });
    expect(await till.shop.query(PAYMENTS, {}, till.shop.rival)).toMatchObject({ payments: { nodes: [] } });
    await expect(till.shop.query(PAYMENTS, { after: 'x' })).rejects.toThrow('BAD_USER_INPUT');
    await expect(till.shop.query('query ($id: ID!) { order(id: $id) { refunds(after: "x") { nodes { id } } } }', { id: orderId })).rejects.toThrow('BAD_USER_INPUT');
  });
});

describe('a webhook', () => {
  it('is believed by its signature alone, noted once, and of its body nothing is kept', async () => {
    const id = await till.paid(await till.order());
    const event = stripeEvent('charge.succeeded', { id: 'ch_1', object: 'charge', payment_intent: await till.external(id), payment_method_details: { card: { number: CARD, last4: '4242' } } });
    const answers = [await till.hook(event), await till.hook(event), await till.hook(event, { header: null }), await till.hook(event, { secret: 'whsec_another' }), await till.hook(event, { header: 't=1,v1=ab' }),
      await till.hook(event, { at: new Date(till.shop.clock.now().getTime() - 301_000) }), await till.hook(event, { at: new Date(till.shop.clock.now().getTime() + 60_000) }),
      await till.hook(event, { key: 'a'.repeat(26) }), await till.hook(event, { key: '\0' }), await till.hook({ object: 'nothing' })];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 401, 401, 401, 401, 401, 404, 404, 400]);
    expect(await till.shop.rows(`select state from commerce.payment_webhook where event_id = $1`, [event['id']])).toEqual([{ state: 'RECEIVED' }]);
    await till.hook(stripeEvent('payment_intent.succeeded', { id: 'pi_of_another_till', object: 'payment_intent' }, 'evt_foreign'));
    await till.work();
    expect(await till.shop.rows(`select event_id = 'evt_foreign' as foreign, state from commerce.payment_webhook where event_id = any($1) order by 1`, [['evt_foreign', event['id']]])).toEqual([{ foreign: false, state: 'PROCESSED' }, { foreign: true, state: 'IGNORED' }]);
  });

  it('in any order and each twice: one charge, one refund, one dispute', async () => {
    const dish = await till.shop.dish();
    const ids = await Promise.all(permutations(['payment_intent.created', 'payment_intent.succeeded', 'charge.refunded', 'charge.dispute.created']).map(async (order) => {
      const { id } = payment(await till.create(await till.order(1, dish)));
      const external = await till.external(id);
      // The customer's device pays, and somebody gives some of it back at the dashboard, before anything of it is heard here.
      await fetch(`${till.standIn.url}/v1/payment_intents/${external}/confirm`, { method: 'POST', headers: { authorization: `Bearer ${STRIPE_KEY}` }, body: new URLSearchParams({ payment_method: 'pm_card_visa' }) });
      await till.script('/_refunds', { payment_intent: external, amount: 300 });
      await till.script('/_disputes', { payment_intent: external, status: 'needs_response', amount: 700 });
      const events = order.map((type) => stripeEvent(type, type.startsWith('payment_intent') ? { id: external, object: 'payment_intent' } : { id: 'ch_1', object: type === 'charge.refunded' ? 'charge' : 'dispute', payment_intent: external }));
      for (const event of [...events, ...events]) await till.hook(event);
      return id;
    }));
    await till.work();
    const heard = await Promise.all(ids.map((id) => till.look(id)));
    const results = heard.map((one) => JSON.stringify([kinds(one), balance(one), one.captured, one.refunded, one.order, one.refunds.length, one.disputes]));
    expect([results.length, ...[...new Set(results)].map((one) => JSON.parse(one) as unknown)]).toEqual([24, [['CREATED', 'CAPTURED', 'REFUNDED', 'DISPUTE_OPENED'], 700, { minor: '1000' }, { minor: '300' }, { chargeStatus: 'FULL', refundStatus: 'PARTIAL' }, 1, [{ state: 'OPEN' }]]]);
  });

  it('that a dispute was lost says so once', async () => {
    const id = await till.paid(await till.order());
    const external = await till.external(id);
    for (const status of ['needs_response', 'lost', 'lost']) {
      await till.script('/_disputes', { payment_intent: external, status });
      await till.hook(stripeEvent('charge.dispute.closed', { id: 'dp_1', object: 'dispute', payment_intent: external }));
      await till.work();
    }
    const lost = await till.look(id);
    expect([kinds(lost), balance(lost), lost.disputes]).toEqual([['CREATED', 'CAPTURED', 'DISPUTE_OPENED', 'DISPUTE_LOST'], 0, [{ state: 'LOST' }]]);
  });
});

describe('an account', () => {
  it('is given new secrets with an overlap, switched off for what is new, and never shows a secret', async () => {
    const { id, webhookUrl } = await till.shop.done<{ id: string; webhookUrl: string }>('paymentAccountCreate', { name: 'Second', secretKey: 'rk_test_0123456789' }, 'paymentAccount { id webhookUrl }');
    const key = webhookUrl.split('/').at(-1) ?? '';
    const hook = async (secret: string) => (await till.hook(stripeEvent('ping', { object: 'ping' }), { key, secret })).status;
    expect(await hook('whsec_first000')).toBe(401);
    await till.shop.done('paymentAccountSecretsRotate', { paymentAccountId: id, webhookSecret: 'whsec_first000' }, 'paymentAccount { id }');
    await till.shop.done('paymentAccountSecretsRotate', { paymentAccountId: id, webhookSecret: 'whsec_second00', overlapHours: 1 }, 'paymentAccount { id }');
    expect([await hook('whsec_first000'), await hook('whsec_second00')]).toEqual([200, 200]);
    till.shop.clock.advance(3_600_001);
    expect([await hook('whsec_first000'), await hook('whsec_second00')]).toEqual([401, 200]);
    await till.shop.done('paymentAccountUpdate', { paymentAccountId: id, disabled: true }, 'paymentAccount { state }');
    expect((await till.create(await till.order(), { paymentAccountId: id })).userErrors).toMatchObject([{ __typename: 'PaymentAccountDisabled' }]);
    for (const [more, path] of [[{ secretKey: CARD }, 'secretKey'], [{ webhookSecret: 'secret' }, 'webhookSecret'], [{ publishableKey: 'sk_test_0123456789' }, 'publishableKey'], [{ name: ' ' }, 'name']] as const) {
      expect(await till.shop.refused('paymentAccountCreate', { name: 'Bad', secretKey: STRIPE_KEY, ...more })).toEqual([['InputInvalid', `input.${path}`]]);
    }
  });

  it('and payments are another tenant\'s affair in nothing; wrong input leaves nothing behind', async () => {
    const orderId = await till.order();
    const id = await till.paid(orderId);
    const { shop } = till;
    const rows = () => shop.rows('select (select count(*) from commerce.payment)::int as payments, (select count(*) from commerce.payment_event)::int as events, (select count(*) from commerce.payment_refund)::int as refunds');
    const before = await rows();
    const open = await till.order();
    for (const amount of [{ minor: '0', currency: 'EUR' }, { minor: '-1', currency: 'EUR' }, { minor: '1001', currency: 'EUR' }, { minor: '9007199254740992', currency: 'EUR' }, { minor: '100', currency: 'USD' }]) {
      expect((await till.create(open, { amount })).userErrors).toMatchObject([{ __typename: 'InputInvalid' }]);
    }
    for (const amount of [{ minor: '0', currency: 'EUR' }, { minor: '-5', currency: 'EUR' }, { minor: '1', currency: 'JPY' }]) expect((await till.act('paymentRefund', id, { amount })).errors).toEqual(['InputInvalid']);
    // A line of another order of one's own is as foreign as one of another tenant.
    const foreign = await shop.query<{ order: { lines: { id: string }[] } }>('query ($id: ID!) { order(id: $id) { lines { id } } }', { id: open });
    expect(await shop.refused('paymentRefund', { paymentId: id, lines: [{ orderLineId: foreign.order.lines[0]?.id, quantity: 1 }], idempotencyKey: 'foreign' })).toEqual([['InputInvalid', 'input.lines.0.orderLineId']]);
    for (const lines of [[], [{ orderLineId: foreign.order.lines[0]?.id, quantity: 0 }], [{ orderLineId: foreign.order.lines[0]?.id, quantity: 1_000 }]]) expect((await till.act('paymentRefund', id, { lines })).errors).toEqual(['InputInvalid']);
    for (const paymentMethodId of [CARD, 'pm_', 'tok_visa']) expect((await till.act('paymentConfirm', id, { paymentMethodId })).errors).toEqual(['InputInvalid']);
    const refused = (field: string, input: Record<string, unknown>) => shop.refused(field, input, shop.rival);
    expect(await refused('paymentCreate', { orderId, paymentAccountId: till.accountId, idempotencyKey: 'x1' })).toEqual([['OrderNotFound', 'input.orderId']]);
    expect(await refused('paymentRecord', { orderId, method: 'CASH', idempotencyKey: 'x2' })).toEqual([['OrderNotFound', 'input.orderId']]);
    for (const field of ['paymentConfirm', 'paymentCapture', 'paymentRefund']) expect(await refused(field, { paymentId: id, idempotencyKey: field })).toEqual([['PaymentNotFound', 'input.paymentId']]);
    expect(await refused('paymentCancel', { paymentId: id })).toEqual([['PaymentNotFound', 'input.paymentId']]);
    expect(await refused('paymentAccountUpdate', { paymentAccountId: till.accountId, disabled: true })).toEqual([['PaymentAccountNotFound', 'input.paymentAccountId']]);
    expect(await shop.query('query ($id: ID!) { payment(id: $id) { id } paymentAccounts { nodes { id } } }', { id }, shop.rival)).toEqual({ payment: null, paymentAccounts: { nodes: [] } });
    await expect(shop.send('paymentRefund', { paymentId: id, idempotencyKey: 'denied' }, '__typename', person(shop.tenantId, ['payment:read', 'payment:take']))).rejects.toThrow('payment:refund');
    expect(await rows()).toEqual(before);
  });
});

it('keeps no data of a card and no secret, in no row and no line of the log', async () => {
  const tables = await till.shop.rows<{ name: string }>(`select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables where table_schema in ('commerce', 'bullmq') and table_type = 'BASE TABLE'`);
  expect(tables.length).toBeGreaterThan(30);
  const searched = [CARD, 'last4', STRIPE_KEY, STRIPE_WEBHOOK_SECRET, '_secret_'];
  for (const { name } of tables) {
    const found = await till.shop.rows(`select t::text as row from ${name} t where exists (select from unnest($1::text[]) word where strpos(t::text, word) > 0)`, [searched]);
    expect([name, found]).toEqual([name, []]);
  }
  // The search finds what there is: the id that a payment has at Stripe.
  expect((await till.shop.rows(`select from commerce.payment t where t::text like '%pi_%'`)).length).toBeGreaterThan(10);
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.filter((line) => searched.some((word) => line.includes(word)))).toEqual([]);
});
