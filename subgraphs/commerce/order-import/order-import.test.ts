// Orders that a till made while it was offline: brought in once, at its prices, and its goods taken even where they were promised.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeId, newId } from '../../kernel/base/ids.js';
import { TestShop, type Dish } from '../../../test/kit/commerce.js';
import { person } from '../../../test/kit/subgraph.js';

let shop: TestShop;
beforeAll(async () => { shop = await TestShop.boot(); });
afterAll(() => shop?.close());

let serial = 0;
/** Two of a dish at 9.00 each, 1.00 off, a tip of 0.50. */
const sold = ({ sku }: Pick<Dish, 'sku'>, more: Record<string, unknown> = {}, line: Record<string, unknown> = {}) => ({
  source: 'Till 1', externalId: `T1-${serial += 1}`, placedAt: new Date(shop.clock.now().getTime() - 3_600_000).toISOString(), fulfillment: 'DINE_IN', address: 'Table 7', currency: 'EUR', tipMinor: '50', totalMinor: '1750',
  lines: [{ sku, quantity: 2, unitMinor: '900', discountMinor: '100', taxRatePpm: 100_000, taxMinor: '155', note: 'no salt', choices: [{ group: 'Extra', name: 'Cheese', minor: '100' }], ...line }], ...more,
});
const ORDER = `repeated order { id number fulfillmentStatus fulfillment address total { minor } totals { subtotal { minor } discount { minor } tax { minor } tip { minor } }
  lines { sku quantity note unitPrice { minor } total { minor } choices { group name price { minor } } } events { from to } origin { source externalId } customer { id name } allowedTransitions }`;
const count = async (): Promise<unknown[]> => shop.rows('select (select count(*) from commerce.sales_order) as orders, (select count(*) from commerce.order_import) as imports, (select sum(on_hand) from commerce.stock) as stock, (select count(*) from commerce.customer) as customers');

describe('orderImport', () => {
  it('brings an order in as it was sold, once, also when it is delivered twice at the same moment', async () => {
    const dish = await shop.counted(10);
    const input = sold(dish);
    const [first, second] = await Promise.all([shop.send('orderImport', input, ORDER), shop.send('orderImport', input, ORDER)]);
    expect([first.repeated, second.repeated].sort()).toEqual([false, true]);
    expect(second.order).toEqual(first.order);
    expect(first.order).toMatchObject({
      fulfillmentStatus: 'COMPLETED', fulfillment: 'DINE_IN', address: 'Table 7', total: { minor: '1750' }, totals: { subtotal: { minor: '1800' }, discount: { minor: '100' }, tax: { minor: '155' }, tip: { minor: '50' } },
      lines: [{ sku: dish.sku, quantity: 2, note: 'no salt', unitPrice: { minor: '900' }, total: { minor: '1700' }, choices: [{ group: 'Extra', name: 'Cheese', price: { minor: '100' } }] }],
      events: [{ from: 'DRAFT', to: 'PLACED' }, { from: 'PLACED', to: 'COMPLETED' }], origin: { source: 'Till 1', externalId: input.externalId }, customer: { name: 'Walk-in, Till 1' }, allowedTransitions: [],
    });
    expect(await shop.stock(dish.variantId)).toEqual([8, 0]);
    // By the same name another order is refused; by another source it is another name.
    const before = await count();
    expect(await shop.send('orderImport', { ...input, tipMinor: '60', totalMinor: '1760' }, 'order { id } userErrors { code }')).toMatchObject({ order: null, userErrors: [{ code: 'IDEMPOTENCY_MISMATCH', field: ['input', 'externalId'] }] });
    expect(await count()).toEqual(before);
    const other = await shop.send('orderImport', { ...input, source: 'Till 2' }, ORDER);
    expect(other).toMatchObject({ repeated: false, order: { customer: { name: 'Walk-in, Till 2' } } });
    // One customer for all who did not say who they are.
    const third = await shop.send('orderImport', sold(dish), ORDER);
    expect((third.order as { customer: unknown }).customer).toEqual((first.order as { customer: unknown }).customer);
  });

  it('is of whom its customer was merged into; who stands for everybody is merged into nobody', async () => {
    const dish = await shop.counted(10);
    const [gone, kept] = [await shop.customer(), await shop.customer()];
    await shop.done('customerMerge', { customerId: gone, intoCustomerId: kept }, 'customer { id }');
    const { order } = await shop.send('orderImport', sold(dish, { customerId: gone }), ORDER);
    expect(order).toMatchObject({ customer: { id: kept } });
    const worth = async (id: string) => (await shop.query<{ customer: { lifetimeValue: object[] } }>('query ($id: ID!) { customer(id: $id) { lifetimeValue { orders total { minor } } } }', { id })).customer.lifetimeValue;
    expect([await worth(kept), await worth(gone)]).toEqual([[{ orders: 1, total: { minor: '1750' } }], []]);
    const { order: walked } = await shop.send('orderImport', sold(dish), ORDER);
    const { customer } = walked as { customer: { id: string } };
    expect(await shop.refused('customerMerge', { customerId: customer.id, intoCustomerId: kept })).toEqual([['InputInvalid', 'input.customerId']]);
  });

  it('takes goods that were promised, and nothing more is promised until they are there again', async () => {
    const dish = await shop.counted(3);
    const cartId = await shop.cart([[dish, 3]]);
    const placed = await shop.place(cartId);
    expect(await shop.stock(dish.variantId)).toEqual([3, 3]);
    const { order } = await shop.send('orderImport', sold(dish, { fulfillmentStatus: 'ACCEPTED' }), 'order { id }');
    expect(await shop.stock(dish.variantId)).toEqual([1, 3]);
    const stock = async () => (await shop.query<{ product: { variants: { stock: unknown }[] } }>('query ($id: ID!) { product(id: $id) { variants { stock { onHand reserved available } } } }', { id: dish.productId })).product.variants[0]?.stock;
    expect(await stock()).toEqual({ onHand: 1, reserved: 3, available: -2 });
    expect((await shop.place(await shop.cart([[dish, 1]]))).userErrors).toMatchObject([{ __typename: 'OutOfStock' }]);
    // Whatever code asks for: no more is promised than was.
    await expect(shop.rows(`update commerce.stock set reserved = reserved + 1 where variant_id = (select variant_id from commerce.stock_reservation where order_id is not null and state = 'HELD' order by expires_at desc limit 1)`)).rejects.toMatchObject({ constraint: 'stock_not_oversold' });
    // What was promised is sold all the same: the count says that somebody must look.
    await shop.done('orderTransition', { orderId: (placed.order as { id: string }).id, to: 'ACCEPTED' }, 'order { id }');
    expect(await stock()).toEqual({ onHand: -2, reserved: 0, available: -2 });
    await shop.done('stockAdjust', { variantId: dish.variantId, change: 1, idempotencyKey: 'back-1' }, 'stock { onHand }');
    // What the till sold comes back when its order is canceled.
    await shop.done('orderTransition', { orderId: (order as { id: string }).id, to: 'CANCELED' }, 'order { id }');
    expect(await stock()).toEqual({ onHand: 1, reserved: 0, available: 1 });
    expect(await shop.rows('select sold_short::int as short from commerce.stock where on_hand = 1 and reserved = 0')).toEqual([{ short: 0 }]);
    expect((await shop.place(await shop.cart([[dish, 1]]))).userErrors).toEqual([]);
  });

  it('is refused with the path of what is wrong, and nothing is written', async () => {
    const dish = await shop.counted(5);
    const before = await count();
    const cases: [Record<string, unknown>, Record<string, unknown>, string, string][] = [
      [{ source: ' ' }, {}, 'InputInvalid', 'input.source'], [{ externalId: 'a b' }, {}, 'InputInvalid', 'input.externalId'], [{ totalMinor: '1751' }, {}, 'InputInvalid', 'input.totalMinor'],
      [{ placedAt: '2099-01-01T00:00:00Z' }, {}, 'InputInvalid', 'input.placedAt'], [{ placedAt: '1999-01-01T00:00:00Z' }, {}, 'InputInvalid', 'input.placedAt'], [{ currency: 'XYZ1' }, {}, 'InputInvalid', 'input.currency'],
      [{ fulfillmentStatus: 'CANCELED' }, {}, 'InputInvalid', 'input.fulfillmentStatus'], [{ lines: [] }, {}, 'InputInvalid', 'input.lines'], [{ tipMinor: '-1' }, {}, 'InputInvalid', 'input.tipMinor'],
      [{ customerId: encodeId('cust', newId()) }, {}, 'CustomerNotFound', 'input.customerId'], [{}, { sku: 'NO-SUCH' }, 'InputInvalid', 'input.lines.0.sku'], [{}, { quantity: 0 }, 'InputInvalid', 'input.lines.0.quantity'],
      [{}, { quantity: 999, unitMinor: '9007199254740991' }, 'InputInvalid', 'input.lines.0.unitMinor'], [{}, { discountMinor: '2000' }, 'InputInvalid', 'input.lines.0.discountMinor'],
      [{}, { taxMinor: '1701' }, 'InputInvalid', 'input.lines.0.taxMinor'], [{}, { taxRatePpm: 1_000_001 }, 'InputInvalid', 'input.lines.0.taxRatePpm'],
    ];
    for (const [more, line, type, path] of cases) expect(await shop.refused('orderImport', sold(dish, more, line))).toEqual([[type, path]]);
    // Another tenant's goods and customers do not exist.
    expect(await shop.refused('orderImport', sold(dish), shop.rival)).toEqual([['InputInvalid', 'input.lines.0.sku']]);
    const { errors } = await shop.subject.ask('mutation ($input: OrderImportInput!) { orderImport(input: $input) { order { id } } }', { input: sold(dish) }, person(shop.tenantId, ['order:create', 'order:update']));
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', permission: 'order:import' });
    expect(await count()).toEqual(before);
  });
});
