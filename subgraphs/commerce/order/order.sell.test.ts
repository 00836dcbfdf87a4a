// From a cart to an order and on: once a key, never more than there is, every step as the table allows, and everything given back that comes to nothing.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestShop, type Dish } from '../../../test/kit/commerce.js';
import { person } from '../../../test/kit/subgraph.js';
import { allowedFrom, ORDER_STATES, stockEnd, TRANSITIONS } from './order.states.js';

let shop: TestShop;
const idOf = (payload: Record<string, unknown>): string => (payload['order'] as { id: string }).id;
const move = (orderId: string, to: string, by = shop.owner) => shop.send('orderTransition', { orderId, to, reason: `to ${to}` }, 'order { fulfillmentStatus allowedTransitions }', by);
const placed = async (dish: Dish, quantity = 1, more: Record<string, unknown> = {}): Promise<string> => idOf(await shop.place(await shop.cart([[dish, quantity]], more)));

beforeAll(async () => { shop = await TestShop.boot(); });
afterAll(() => shop?.close());

describe('an order', () => {
  it('is what the cart was, keeps it whatever changes after, and costs at most 25 statements', async () => {
    const dish = await shop.dish({ taxRatePpm: 190_000, optionGroups: [{ name: 'Crust', least: 1, most: 1, choices: [{ name: 'Thin', deltas: [{ minor: '190', currency: 'EUR' }] }] }] }, { tracksInventory: true });
    const other = await shop.counted(5);
    await shop.done('stockAdjust', { variantId: dish.variantId, change: 5, idempotencyKey: 'first' }, 'stock { onHand }');
    await shop.done('voucherCreate', { code: 'THREE', amount: { minor: '300', currency: 'EUR' }, mostUses: 2 }, 'voucher { id }');
    const cartId = await shop.cart([[other, 1]], { fulfillment: 'DELIVERY', address: 'Via Roma 1' });
    await shop.done('cartLineAdd', { cartId, variantId: dish.variantId, quantity: 2, choiceIds: dish.choiceIds }, 'cart { id }');
    await shop.done('cartUpdate', { cartId, voucherCode: 'three', tip: { minor: '100', currency: 'EUR' } }, 'cart { id }');
    const { database } = shop.subject.running;
    const start = database.statements;
    const WHOLE = `order { id number fulfillmentStatus chargeStatus refundStatus fulfillment address voucherCode pricesIncludeTax expiresAt allowedTransitions customer { name } total { minor }
      totals { subtotal { minor } discount { minor } tax { minor } tip { minor } total { minor } } lines { sku quantity taxRatePpm unitPrice { minor } discount { minor } tax { minor } total { minor } choices { name } variant { id } } events { seq from to reason } }`;
    const { order, userErrors } = await shop.place(cartId, { expectedTotal: { minor: '3180', currency: 'EUR' } }, WHOLE);
    expect(userErrors).toEqual([]);
    expect(database.statements - start).toBeLessThanOrEqual(25);
    // 10.00 + 2 x 11.90 = 33.80, less 3.00 in the proportion of the lines: 0.89 and 2.11; 19 % of what is left of the second.
    expect(order).toMatchObject({
      number: 1, fulfillmentStatus: 'PLACED', chargeStatus: 'NONE', refundStatus: 'NONE', fulfillment: 'DELIVERY', address: 'Via Roma 1', voucherCode: 'THREE', pricesIncludeTax: true, expiresAt: expect.any(String),
      allowedTransitions: ['ACCEPTED', 'REJECTED', 'CANCELED'], total: { minor: '3180' },
      totals: { subtotal: { minor: '3380' }, discount: { minor: '300' }, tax: { minor: '346' }, tip: { minor: '100' }, total: { minor: '3180' } },
      lines: [
        { sku: other.sku, quantity: 1, taxRatePpm: 0, discount: { minor: '89' }, tax: { minor: '0' }, total: { minor: '911' } },
        { sku: dish.sku, quantity: 2, taxRatePpm: 190_000, unitPrice: { minor: '1190' }, discount: { minor: '211' }, tax: { minor: '346' }, total: { minor: '2169' }, choices: [{ name: 'Thin' }], variant: { id: dish.variantId } },
      ],
      events: [{ seq: 1, from: 'DRAFT', to: 'PLACED', reason: null }],
    });
    expect([await shop.stock(dish.variantId), await shop.stock(other.variantId)]).toEqual([[5, 2], [5, 1]]);
    await shop.done('variantUpdate', { variantId: dish.variantId, prices: [{ minor: '5', currency: 'EUR' }], sku: 'RENAMED' }, 'variant { id }');
    expect(await shop.query('query ($id: ID!) { order(id: $id) { total { minor } lines { sku } } }', { id: (order as { id: string }).id })).toEqual({ order: { total: { minor: '3180' }, lines: [{ sku: other.sku }, { sku: dish.sku }] } });
    expect(await shop.query('query ($id: ID!) { cart(id: $id) { order { number } } }', { id: cartId })).toEqual({ cart: { order: { number: 1 } } });
    expect(await shop.refused('cartLineAdd', { cartId, variantId: other.variantId, quantity: 1 })).toEqual([['CartPlaced', 'input.cartId']]);
  });

  it('is placed once for a key and once for a cart, however often and at once it is asked for', async () => {
    const dish = await shop.counted(10);
    const cartId = await shop.cart([[dish, 2]]);
    const same = await Promise.all(Array.from({ length: 6 }, () => shop.place(cartId)));
    expect(new Set(same.map(idOf)).size).toBe(1);
    const others = await Promise.all(['k1', 'k2', 'k3'].map((idempotencyKey) => shop.place(cartId, { idempotencyKey })));
    expect(others.flatMap(({ userErrors }) => userErrors)).toMatchObject([{ __typename: 'CartPlaced' }, { __typename: 'CartPlaced' }, { __typename: 'CartPlaced' }]);
    expect(await shop.place(await shop.cart([[dish, 1]]), { idempotencyKey: `place-${cartId}` })).toMatchObject({ order: null, userErrors: [{ __typename: 'InputInvalid', field: ['input', 'idempotencyKey'] }] });
    expect(await shop.stock(dish.variantId)).toEqual([10, 2]);
  });

  it('is refused whole: nobody\'s cart, an empty one, one without an address, another total, more than there is, another tenant\'s', async () => {
    const dish = await shop.counted(3);
    const written = async () => shop.rows('select (select count(*) from commerce.sales_order) as orders, (select count(*) from commerce.stock_movement) as moves, (select count(*) from commerce.request) as requests, (select sum(reserved) from commerce.stock) as reserved');
    const refused = async (cartId: string, more: Record<string, unknown> = {}) => (await shop.place(cartId, more)).userErrors.map(({ __typename, field }) => [__typename, field?.join('.')]);
    const [nobodys, empty, homeless, dear] = [await shop.cart([[dish, 1]], { customerId: null }), await shop.cart(), await shop.cart([[dish, 1]], { fulfillment: 'DELIVERY' }), await shop.cart([[dish, 4]])];
    const mine = await shop.cart([[dish, 1]]);
    const before = await written();
    for (const cartId of [nobodys, empty, homeless]) expect(await refused(cartId)).toEqual([['InputInvalid', 'input.cartId']]);
    for (const expectedTotal of [{ minor: '999', currency: 'EUR' }, { minor: '1000', currency: 'USD' }]) expect(await refused(mine, { expectedTotal })).toEqual([['TotalChanged', 'input.expectedTotal']]);
    expect(await refused(mine, { idempotencyKey: ' ' })).toEqual([['InputInvalid', 'input.idempotencyKey']]);
    const short = await shop.query('mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { userErrors { __typename ... on OutOfStock { shortages { sku wanted available } } } } }', { input: { cartId: dear, idempotencyKey: 'dear' } });
    expect(short).toEqual({ orderPlace: { userErrors: [{ __typename: 'OutOfStock', shortages: [{ sku: dish.sku, wanted: 4, available: 3 }] }] } });
    expect(await shop.refused('orderPlace', { cartId: mine, idempotencyKey: 'theirs' }, shop.rival)).toEqual([['CartNotFound', 'input.cartId']]);
    expect(await written()).toEqual(before);
    await expect(shop.send('orderPlace', { cartId: mine, idempotencyKey: 'k' }, '__typename', person(shop.tenantId, ['order:read']))).rejects.toThrow('order:create');
    expect(await refused(mine)).toEqual([]);
  });

  it('takes no more than there is, when many order at once', async () => {
    const [dish, second] = [await shop.counted(5), await shop.counted(100)];
    const carts = await Promise.all(Array.from({ length: 16 }, (_none, place) => shop.cart(place % 2 === 0 ? [[dish, 1], [second, 1]] : [[second, 1], [dish, 1]])));
    const answers = await Promise.all(carts.map((cartId) => shop.place(cartId)));
    expect(answers.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(5);
    expect(new Set(answers.flatMap(({ userErrors }) => userErrors.map(({ __typename }) => __typename)))).toEqual(new Set(['OutOfStock']));
    expect([await shop.stock(dish.variantId), await shop.stock(second.variantId)]).toEqual([[5, 5], [100, 5]]);
    const [numbers] = await shop.rows<{ n: number; all: number }>('select count(distinct number)::int as n, max(number)::int as all from commerce.sales_order where tenant_id = $1', [shop.tenantId]);
    expect(numbers?.n).toBe(numbers?.all);
  });

  it('that nobody accepted in time gives its goods and its voucher to who wants them, and not before', async () => {
    const dish = await shop.counted(2);
    await shop.done('voucherCreate', { code: 'ONCE', percentPpm: 500_000, mostUses: 1 }, 'voucher { id }');
    const first = await shop.cart([[dish, 2]]);
    await shop.done('cartUpdate', { cartId: first, voucherCode: 'ONCE' }, 'cart { id }');
    const id = idOf(await shop.place(first));
    expect((await shop.place(await shop.cart([[dish, 1]]))).userErrors).toMatchObject([{ __typename: 'OutOfStock' }]);
    shop.clock.advance(31 * 60_000);
    const next = await shop.cart([[dish, 1]]);
    expect((await shop.place(next)).userErrors).toEqual([]);
    expect(await shop.query('query ($id: ID!) { order(id: $id) { fulfillmentStatus allowedTransitions events { to } } vouchers { nodes { code used } } }', { id })).toEqual({
      order: { fulfillmentStatus: 'EXPIRED', allowedTransitions: [], events: [{ to: 'PLACED' }, { to: 'EXPIRED' }] }, vouchers: { nodes: expect.arrayContaining([{ code: 'ONCE', used: 0 }]) },
    });
    expect(await shop.stock(dish.variantId)).toEqual([2, 1]);
  });
});

describe('the way of an order', () => {
  it('is the table: every step that it allows and no other', async () => {
    const delivered = await placed(await shop.counted(1), 1, { fulfillment: 'DELIVERY', address: 'Via Roma 1' });
    for (const to of ['ACCEPTED', 'PREPARING', 'READY', 'OUT_FOR_DELIVERY', 'COMPLETED'] as const) {
      const known = await shop.query<{ order: { allowedTransitions: string[] } }>('query ($id: ID!) { order(id: $id) { allowedTransitions } }', { id: delivered });
      for (const other of ORDER_STATES.filter((state) => !known.order.allowedTransitions.includes(state))) {
        const { order, userErrors } = await move(delivered, other);
        // Where it is already changes nothing.
        expect([other, userErrors[0]?.__typename ?? (order as { fulfillmentStatus: string }).fulfillmentStatus]).toEqual([other, userErrors.length > 0 ? 'OrderStateWrong' : other]);
      }
      expect((await move(delivered, to)).order).toMatchObject({ fulfillmentStatus: to });
    }
    const { order } = await shop.query<{ order: { events: object[] } }>('query ($id: ID!) { order(id: $id) { allowedTransitions events { seq from to reason } } }', { id: delivered });
    expect(order).toEqual({ allowedTransitions: [], events: [
      ['DRAFT', 'PLACED'], ['PLACED', 'ACCEPTED'], ['ACCEPTED', 'PREPARING'], ['PREPARING', 'READY'], ['READY', 'OUT_FOR_DELIVERY'], ['OUT_FOR_DELIVERY', 'COMPLETED'],
    ].map(([from, to], step) => ({ seq: step + 1, from, to, reason: step === 0 ? null : `to ${to}` })) });
    expect(allowedFrom('READY', 'PICKUP')).toEqual(['COMPLETED', 'CANCELED']);
    expect(ORDER_STATES.filter((state) => TRANSITIONS[state].length === 0)).toEqual(['COMPLETED', 'CANCELED', 'REJECTED', 'EXPIRED']);
    expect([stockEnd('PLACED', 'ACCEPTED'), stockEnd('READY', 'CANCELED'), stockEnd('ACCEPTED', 'PREPARING')]).toEqual(['SOLD', 'RETURNED', null]);
    expect(await shop.refused('orderTransition', { orderId: delivered, to: 'CANCELED' }, shop.rival)).toEqual([['OrderNotFound', 'input.orderId']]);
  });

  it.each([
    ['accepted', ['ACCEPTED'], [3, 0]], ['rejected', ['REJECTED'], [5, 0]], ['canceled before', ['CANCELED'], [5, 0]], ['canceled after', ['ACCEPTED', 'PREPARING', 'CANCELED'], [5, 0]],
  ] as const)('%s it leaves in stock what is right, once, whoever asks at once', async (_, way, left) => {
    const dish = await shop.counted(5);
    const id = await placed(dish, 2);
    for (const to of way) await Promise.all([move(id, to), move(id, to), move(id, to)]);
    expect(await shop.stock(dish.variantId)).toEqual(left);
    const [sums] = await shop.rows<object>('select sum(on_hand_change)::int as "onHand", sum(reserved_change)::int as reserved from commerce.stock_movement m join commerce.variant v on v.id = m.variant_id where v.sku = $1', [dish.sku]);
    expect(sums).toEqual({ onHand: left[0], reserved: left[1] });
  });

  it('ends for a customer in what they have bought and got, by currency, and not in what came to nothing', async () => {
    const dish = await shop.dish({}, { prices: [{ minor: '1000', currency: 'EUR' }, { minor: '900', currency: 'JPY' }] });
    const customerId = await shop.customer();
    const ids = [await placed(dish, 1, { customerId }), await placed(dish, 2, { customerId }), await placed(dish, 5, { customerId, currency: 'JPY' }), await placed(dish, 9, { customerId })];
    for (const id of ids.slice(0, 3)) for (const to of ['ACCEPTED', 'PREPARING', 'READY', 'COMPLETED']) await move(id, to);
    await move(ids[3] ?? '', 'CANCELED');
    expect(await shop.query('query ($id: ID!) { customer(id: $id) { lifetimeValue { orders total { minor currency } } } }', { id: customerId })).toEqual({ customer: { lifetimeValue: [
      { orders: 2, total: { minor: '3000', currency: 'EUR' } }, { orders: 1, total: { minor: '4500', currency: 'JPY' } },
    ] } });
  });
});

describe('orders', () => {
  it('are listed newest first, all or those in one state, page by page, and to nobody else', async () => {
    const dish = await shop.dish();
    const ids = [await placed(dish), await placed(dish), await placed(dish)];
    await move(ids[1] ?? '', 'REJECTED');
    interface Page { orders: { nodes: { id: string }[]; pageInfo: { endCursor: string | null } } }
    const LIST = 'query ($first: Int, $after: String, $filter: OrderFilter) { orders(first: $first, after: $after, filter: $filter) { nodes { id } pageInfo { endCursor } } }';
    const list = (variables: Record<string, unknown>, by = shop.owner) => shop.query<Page>(LIST, variables, by);
    const first = await list({ first: 2 });
    const second = await list({ first: 1, after: first.orders.pageInfo.endCursor });
    expect([...first.orders.nodes, ...second.orders.nodes].map(({ id }) => id)).toEqual(ids.toReversed());
    expect((await list({ first: 2, filter: { fulfillmentStatus: 'PLACED' } })).orders.nodes.map(({ id }) => id)).toEqual([ids[2], ids[0]]);
    expect((await list({}, shop.rival)).orders.nodes).toEqual([]);
    await expect(list({ after: 'x' })).rejects.toThrow('BAD_USER_INPUT');
  });

  it('are repeated as a cart of the same, at the prices of now, with what is not sold any more shown as such', async () => {
    const [dish, gone] = [await shop.dish({ optionGroups: [{ name: 'Crust', least: 1, most: 1, choices: [{ name: 'Thin' }, { name: 'Thick' }] }] }), await shop.dish()];
    const cartId = await shop.cart([[gone, 1]]);
    await shop.done('cartLineAdd', { cartId, variantId: dish.variantId, quantity: 3, choiceIds: dish.choiceIds.slice(1), note: 'hot' }, 'cart { id }');
    const orderId = idOf(await shop.place(cartId));
    await shop.done('variantUpdate', { variantId: dish.variantId, prices: [{ minor: '1100', currency: 'EUR' }] }, 'variant { id }');
    await shop.done('productUpdate', { productId: gone.productId, archived: true }, 'product { id }');
    const cart = await shop.done<{ id: string }>('orderRepeat', { orderId }, 'cart { id version customer { id } lines { quantity note problem choices { name } unitPrice { minor } variant { sku } } }');
    expect(cart).toMatchObject({ version: 1, customer: { id: expect.any(String) }, lines: [
      { quantity: 1, note: null, problem: 'ARCHIVED', choices: [], variant: { sku: gone.sku } },
      { quantity: 3, note: 'hot', problem: null, choices: [{ name: 'Thick' }], unitPrice: { minor: '1100' }, variant: { sku: dish.sku } },
    ] });
    expect(cart.id).not.toBe(cartId);
    expect(await shop.refused('orderRepeat', { orderId }, shop.rival)).toEqual([['OrderNotFound', 'input.orderId']]);
  });
});

describe('a voucher', () => {
  it('is taken as often as it says, in all and of one customer, when many take it at once, and given back', async () => {
    const dish = await shop.dish();
    const { id: voucherId } = await shop.done<{ id: string }>('voucherCreate', { code: 'FEW', percentPpm: 100_000, mostUses: 3, mostUsesEach: 1 }, 'voucher { id }');
    expect(await shop.refused('voucherCreate', { code: 'few', percentPpm: 1 })).toEqual([['VoucherCodeTaken', 'input.code']]);
    const cart = async (customerId: string): Promise<string> => {
      const id = await shop.cart([[dish, 1]], { customerId });
      await shop.done('cartUpdate', { cartId: id, voucherCode: 'FEW' }, 'cart { id }');
      return id;
    };
    const own = await shop.customer();
    const twice = await Promise.all([shop.place(await cart(own)), shop.place(await cart(own))]);
    expect(twice.flatMap(({ userErrors }) => userErrors)).toMatchObject([{ __typename: 'VoucherUnusable', field: ['input', 'cartId'] }]);
    const carts = await Promise.all(Array.from({ length: 6 }, async () => cart(await shop.customer())));
    const answers = await Promise.all(carts.map((cartId) => shop.place(cartId)));
    expect(answers.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(2);
    const used = async () => (await shop.rows<{ used: number }>('select used from commerce.voucher where code = $1', ['FEW']))[0]?.used;
    expect(await used()).toBe(3);
    const taken = answers.find(({ userErrors }) => userErrors.length === 0);
    await move(idOf(taken ?? {}), 'REJECTED');
    expect(await used()).toBe(2);
    await shop.done('voucherArchive', { voucherId }, 'voucher { archivedAt }');
    expect((await shop.place(await shop.cart([[dish, 1]]))).userErrors).toEqual([]);
    expect(await shop.refused('cartUpdate', { cartId: await shop.cart(), voucherCode: 'FEW' })).toEqual([['VoucherUnusable', 'input.voucherCode']]);
    expect(await shop.refused('voucherArchive', { voucherId }, shop.rival)).toEqual([['VoucherNotFound', 'input.voucherId']]);
  });
});
