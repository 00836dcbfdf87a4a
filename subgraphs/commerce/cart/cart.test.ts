// Carts: filled by several at once, priced as the catalogue is now, and refused what cannot be sold.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestShop, type Dish } from '../../../test/kit/commerce.js';
import { encodeId, newId } from '../../kernel/base/ids.js';

let shop: TestShop;
const TOTALS = 'totals { subtotal { minor } discount { minor } tax { minor } tip { minor } total { minor currency formatted } }';
interface Cart { id: string; version: number; lines: { id: string; quantity: number; problem: string | null }[]; totals: { total: { minor: string } } | null }
const read = async (id: string, by = shop.owner): Promise<Cart | null> => (await shop.query<{ cart: Cart | null }>(
  `query ($id: ID!) { cart(id: $id) { id version currency voucherCode lines { id quantity note problem unitPrice { minor } choices { group name price { minor } } variant { sku } } ${TOTALS} } }`, { id }, by)).cart;

beforeAll(async () => { shop = await TestShop.boot(); });
afterAll(() => shop?.close());

describe('a cart', () => {
  it('is filled with what was chosen, tipped, discounted and taxed', async () => {
    const group = { name: 'Extra', least: 0, most: 2, choices: [{ name: 'Cheese', deltas: [{ minor: '150', currency: 'EUR' }] }, { name: 'No olives', deltas: [{ minor: '-50', currency: 'EUR' }] }] };
    const pizza = await shop.dish({ taxRatePpm: 190_000, optionGroups: [group] });
    const water = await shop.dish({ taxRatePpm: 70_000 }, { prices: [{ minor: '250', currency: 'EUR' }] });
    await shop.done('voucherCreate', { code: 'welcome-10', percentPpm: 100_000 }, 'voucher { id }');
    const id = await shop.cart([[water, 3]]);
    await shop.done('cartLineAdd', { cartId: id, variantId: pizza.variantId, quantity: 2, choiceIds: pizza.choiceIds, note: ' well done ' }, 'cart { id }');
    const updated = await shop.done('cartUpdate', { cartId: id, tip: { minor: '200', currency: 'EUR' }, voucherCode: 'Welcome-10', note: 'Ring twice' }, 'cart { note voucherCode }');
    expect(updated).toEqual({ note: 'Ring twice', voucherCode: 'WELCOME-10' });
    // 3 x 2.50 + 2 x (10.00 + 1.50 - 0.50) = 29.50; 10 % off; tax within: 7 % of 6.75, 19 % of 19.80.
    expect(await read(id)).toMatchObject({
      version: 4, currency: 'EUR',
      lines: [
        { quantity: 3, note: null, problem: null, unitPrice: { minor: '250' }, choices: [], variant: { sku: water.sku } },
        { quantity: 2, note: 'well done', problem: null, unitPrice: { minor: '1100' }, choices: [{ group: 'Extra', name: 'Cheese', price: { minor: '150' } }, { group: 'Extra', name: 'No olives', price: { minor: '-50' } }], variant: { sku: pizza.sku } },
      ],
      totals: { subtotal: { minor: '2950' }, discount: { minor: '295' }, tax: { minor: '360' }, tip: { minor: '200' }, total: { minor: '2855', currency: 'EUR', formatted: '€28.55' } },
    });
    await shop.done('shopUpdate', { pricesIncludeTax: false }, 'shop { id }');
    // 7 % of 6.75 is 0.4725, 19 % of 19.80 is 3.762: half up by line.
    expect(await read(id)).toMatchObject({ totals: { tax: { minor: '423' }, total: { minor: '3278' } } });
    await shop.done('shopUpdate', { pricesIncludeTax: true }, 'shop { id }');
    expect([await read(id, shop.rival), await shop.refused('cartUpdate', { cartId: id }, shop.rival)]).toEqual([null, [['CartNotFound', 'input.cartId']]]);
  });

  it.each([['JPY', '1000', '¥3,000'], ['KWD', '1250', 'KWD 3.750']])('in %s has no other decimals', async (currency, minor, formatted) => {
    const dish = await shop.dish({}, { prices: [{ minor, currency }] });
    const cart = await read(await shop.cart([[dish, 3]], { currency }));
    expect(JSON.parse(JSON.stringify(cart?.totals?.total).replaceAll('\u00a0', ' '))).toEqual({ minor: String(BigInt(minor) * 3n), currency, formatted });
  });

  it('that many change at once keeps every change, and one who decided on an older one is told', async () => {
    const dishes = await Promise.all(Array.from({ length: 6 }, () => shop.dish()));
    const id = await shop.cart([[dishes[0] as Dish, 1]]);
    const line = (await read(id))?.lines[0]?.id;
    await Promise.all([
      ...dishes.map(({ variantId }) => shop.done('cartLineAdd', { cartId: id, variantId, quantity: 2 }, 'cart { id }')),
      shop.done('cartLineUpdate', { lineId: line, quantity: 7 }, 'cart { id }'), shop.done('cartUpdate', { cartId: id, tip: { minor: '100', currency: 'EUR' } }, 'cart { id }'),
    ]);
    const cart = await read(id);
    expect([cart?.version, cart?.lines.map(({ quantity }) => quantity).toSorted(), cart?.totals?.total.minor]).toEqual([10, [2, 2, 2, 2, 2, 2, 7], '19100']);
    const version = cart?.version;
    const answers = await Promise.all([1, 2, 3, 4].map((quantity) => shop.send('cartLineUpdate', { lineId: line, quantity, expectedVersion: version }, 'cart { version }')));
    expect(answers.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(1);
    expect(answers.flatMap(({ userErrors }) => userErrors).map(({ __typename }) => __typename)).toEqual(['CartChanged', 'CartChanged', 'CartChanged']);
    await shop.done('cartLineRemove', { lineId: line }, 'cart { id }');
    expect(await shop.refused('cartLineRemove', { lineId: line })).toEqual([['CartLineNotFound', 'input.lineId']]);
    expect((await read(id))?.lines).toHaveLength(6);
  });

  it('of 50 lines is full, however many fill it', async () => {
    const dish = await shop.dish();
    const id = await shop.cart(Array.from({ length: 47 }, () => [dish, 1] as const));
    const answers = await Promise.all(Array.from({ length: 6 }, () => shop.refused('cartLineAdd', { cartId: id, variantId: dish.variantId, quantity: 1 })));
    expect(answers.flat()).toEqual([['CartFull', 'input.cartId'], ['CartFull', 'input.cartId'], ['CartFull', 'input.cartId']]);
    expect((await read(id))?.lines).toHaveLength(50);
  });

  it('shows what cannot be ordered any more, and why', async () => {
    const [gone, later, other] = [await shop.dish(), await shop.dish(), await shop.dish({ optionGroups: [{ name: 'Size', least: 0, most: 1, choices: [{ name: 'L' }] }] })];
    const id = await shop.cart([[gone, 1], [later, 1]]);
    await shop.done('cartLineAdd', { cartId: id, variantId: other.variantId, quantity: 1, choiceIds: other.choiceIds }, 'cart { id }');
    await shop.done('variantUpdate', { variantId: gone.variantId, archived: true }, 'variant { id }');
    await shop.done('productUpdate', { productId: other.productId, optionGroups: [{ name: 'Size', least: 1, most: 1, choices: [{ name: 'XL' }] }] }, 'product { id }');
    await shop.done('variantUpdate', { variantId: later.variantId, prices: [{ minor: '1', currency: 'USD' }] }, 'variant { id }');
    expect((await read(id))?.lines.map(({ problem }) => problem)).toEqual(['ARCHIVED', 'NOT_IN_CURRENCY', 'CHOICES_WRONG']);
    expect(await shop.place(id)).toMatchObject({ order: null, userErrors: [{ __typename: 'LineUnsellable', field: ['input', 'cartId'] }] });
  });
});

describe('amounts and taxes', () => {
  const spaced = (text: unknown): string => String(text).replace(/[\u00a0\u202f]/g, ' ');

  it('are written as the argument says, else as the request prefers, else as the shop does', async () => {
    const dish = await shop.dish({}, { prices: [{ minor: '123450', currency: 'EUR' }] });
    const id = await shop.cart([[dish, 1]]);
    const written = async (args = '', locale?: string) => {
      const { data, errors } = await shop.subject.ask(`query ($id: ID!) { cart(id: $id) { totals { total { formatted${args} } } } }`, { id }, shop.owner, locale);
      return errors?.[0]?.extensions ?? spaced((data?.['cart'] as { totals: { total: { formatted: string } } }).totals.total.formatted);
    };
    expect([await written(), await written('', 'fr'), await written('', 'pt-BR,pt;q=0.9'), await written('(locale: "es")', 'fr'), await written('', 'tlh')]).toEqual(['€1,234.50', '1 234,50 €', '€ 1.234,50', '1234,50 €', '€1,234.50']);
    expect(await shop.done('shopUpdate', { locale: 'es-CL' }, 'shop { locale direction }')).toEqual({ locale: 'es-CL', direction: 'LTR' });
    expect([await written(), await written('', 'fr'), await written('(locale: "xx")')]).toEqual(['EUR 1.234,50', '1 234,50 €', { code: 'BAD_USER_INPUT', field: ['locale'] }]);
    expect(await shop.refused('shopUpdate', { locale: 'nowhere' })).toEqual([['InputInvalid', 'input.locale']]);
    await shop.done('shopUpdate', { timeZone: 'Europe/Rome' }, 'shop { id }');
    const orderId = ((await shop.place(id)).order as { id: string }).id;
    const said = await shop.query<{ order: { summary: string }; formats: Record<string, unknown> }>(`query ($id: ID!) { order(id: $id) { summary(locale: "es") }
      formats(locale: "fr") { locale language direction firstWeekday decimalSeparator number(value: "-1234.5") money(amount: { minor: 1234567, currency: "KWD" }) date(at: "2026-11-29T20:05:00Z", style: FULL) } }`, { id: orderId });
    expect([spaced(said.order.summary), JSON.parse(spaced(JSON.stringify(said.formats)))]).toEqual([expect.stringMatching(/^Pedido \d+: 1 artículo, 1234,50 €, \d+ \p{L}+ \d{4}, \d+:\d\d$/u), {
      locale: 'fr', language: 'fr', direction: 'LTR', firstWeekday: 1, decimalSeparator: ',', number: '-1 234,5', money: '1 234,567 KWD', date: 'dimanche 29 novembre 2026 à 21:05',
    }]);
    for (const wrong of ['number(value: "1e3")', 'money(amount: { minor: 1, currency: "XQQ" })', 'money(amount: { minor: 9007199254740992, currency: "EUR" })']) await expect(shop.query(`{ formats(locale: "fr") { ${wrong} } }`)).rejects.toThrow('BAD_USER_INPUT');
    await shop.done('shopUpdate', { timeZone: 'UTC', locale: 'en' }, 'shop { id }');
  });

  it.each([[null, null, 30n], [70_000, null, 65n], [70_000, 190_000, 160n], [null, 0, 0n], [0, null, 0n]])('of a category at %s and a product at %s is the nearest rate', async (ofCategory, own, tax) => {
    const { id: categoryId } = await shop.done<{ id: string }>('categoryCreate', { name: `Taxed ${ofCategory} ${own} ${tax}`, taxRatePpm: ofCategory }, 'category { id taxRatePpm }');
    const dish = await shop.dish({ categoryId, taxRatePpm: own });
    await shop.done('shopUpdate', { taxRatePpm: 31_000 }, 'shop { id }');
    expect((await read(await shop.cart([[dish, 1]])))?.totals).toMatchObject({ tax: { minor: String(tax) } });
    expect(await shop.refused('categoryUpdate', { categoryId, taxRatePpm: 1_000_001 })).toEqual([['InputInvalid', 'input.taxRatePpm']]);
    expect(await shop.done('categoryUpdate', { categoryId, taxRatePpm: null }, 'category { taxRatePpm }')).toEqual({ taxRatePpm: null });
    await shop.done('shopUpdate', { taxRatePpm: 0 }, 'shop { id }');
  });
});

describe('wrong input', () => {
  it.each([-1, 0, 1_000, 2_147_483_647, -2_147_483_648])('a quantity of %s is refused, and nothing is written', async (quantity) => {
    const dish = await shop.dish();
    const id = await shop.cart([[dish, 1]]);
    const before = await read(id);
    expect(await shop.refused('cartLineAdd', { cartId: id, variantId: dish.variantId, quantity })).toEqual([['InputInvalid', 'input.quantity']]);
    expect(await shop.refused('cartLineUpdate', { lineId: before?.lines[0]?.id, quantity })).toEqual([['InputInvalid', 'input.quantity']]);
    expect(await read(id)).toEqual(before);
  });

  it('currencies that are unknown or mixed, sums past 2^53, choices that do not fit, and ids of others are typed errors with a path', async () => {
    const EUR = (minor: string) => ({ prices: [{ minor, currency: 'EUR' }] });
    const [dish, dollars, dear, radio] = [
      await shop.dish(), await shop.dish({}, { prices: [{ minor: '1', currency: 'USD' }] }), await shop.dish({}, EUR('9007199254740991')),
      await shop.dish({ optionGroups: [{ name: 'Crust', least: 1, most: 1, choices: [{ name: 'Thin' }, { name: 'Thick' }] }] }),
    ];
    const id = await shop.cart([[dish, 1]]);
    const before = await read(id);
    const add = ({ variantId }: { variantId: string }, more: Record<string, unknown> = {}) => shop.refused('cartLineAdd', { cartId: id, variantId, quantity: 1, ...more });
    for (const currency of ['EURO', 'eur', 'XQQ', '']) expect(await shop.refused('cartCreate', { currency, fulfillment: 'PICKUP' })).toEqual([['InputInvalid', 'input.currency']]);
    expect(await add(dollars)).toEqual([['LineUnsellable', 'input.variantId']]);
    expect(await add(dear)).toEqual([['InputInvalid', 'input.quantity']]);
    for (const choiceIds of [[], radio.choiceIds, [encodeId('ochc', newId())]]) expect(await add(radio, { choiceIds })).toEqual([['LineUnsellable', 'input.choiceIds']]);
    expect(await add(dish, { choiceIds: radio.choiceIds.slice(0, 1) })).toEqual([['LineUnsellable', 'input.choiceIds']]);
    expect(await add(dish, { note: 'x'.repeat(501) })).toEqual([['InputInvalid', 'input.note']]);
    expect(await add({ variantId: encodeId('vrnt', newId()) })).toEqual([['VariantNotFound', 'input.variantId']]);
    expect(await shop.refused('cartLineAdd', { cartId: id, variantId: dish.variantId, quantity: 1 }, shop.rival)).toEqual([['CartNotFound', 'input.cartId']]);
    expect(await shop.refused('cartLineUpdate', { lineId: before?.lines[0]?.id, quantity: 2 }, shop.rival)).toEqual([['CartLineNotFound', 'input.lineId']]);
    expect(await shop.refused('cartCreate', { customerId: await shop.customer(), fulfillment: 'PICKUP' }, shop.rival)).toEqual([['CustomerNotFound', 'input.customerId']]);
    expect(await shop.refused('cartUpdate', { cartId: id, tip: { minor: '1', currency: 'USD' } })).toEqual([['InputInvalid', 'input.tip.currency']]);
    expect(await shop.refused('cartUpdate', { cartId: id, tip: { minor: '-1', currency: 'EUR' } })).toEqual([['InputInvalid', 'input.tip.minor']]);
    expect(await shop.refused('cartUpdate', { cartId: id, voucherCode: 'NOBODY' })).toEqual([['VoucherUnusable', 'input.voucherCode']]);
    await expect(shop.send('cartUpdate', { cartId: dish.variantId })).rejects.toThrow('BAD_USER_INPUT');
    expect(await read(id)).toEqual(before);
  });

  it.each([['-1', 'EUR'], ['-1', 'JPY'], ['-1', 'KWD'], ['9007199254740992', 'EUR'], ['9007199254740992', 'JPY'], ['9007199254740992', 'KWD'], ['9223372036854775807', 'EUR'], ['1', 'eur'], ['1', 'XQQ'], ['1', "EUR'; --"]])(
    'an amount of %s %s is refused wherever one is given, and nothing is written', async (minor, currency) => {
      const [amount, id] = [{ minor, currency }, await shop.cart()];
      const written = () => shop.rows('select (select count(*) from commerce.product) as products, (select count(*) from commerce.price) as prices, (select count(*) from commerce.voucher) as vouchers, (select sum(tip_minor) from commerce.cart) as tips');
      const before = await written();
      const product = { kind: 'PRODUCT', name: 'Thing', variants: [{ sku: `s-${newId()}`, prices: [amount] }] };
      const refused = [
        await shop.refused('productCreate', product), await shop.refused('voucherCreate', { code: 'BAD', amount }), await shop.refused('cartUpdate', { cartId: id, tip: amount }),
        await shop.refused('productCreate', { ...product, variants: [{ sku: `s-${newId()}`, prices: [{ minor: '1', currency: 'EUR' }, { minor: '2', currency: 'EUR' }] }] }),
      ];
      expect(refused.map(([why]) => why?.[0])).toEqual(['InputInvalid', 'InputInvalid', 'InputInvalid', 'InputInvalid']);
      expect(refused.map(([why]) => /^input\.(variants\.prices|amount\.(minor|currency)|tip\.(minor|currency))$/.test(why?.[1] ?? ''))).toEqual([true, true, true, true]);
      expect(await written()).toEqual(before);
    });

  it.each([
    ['input.code', { code: 'a b', percentPpm: 1 }], ['input.percentPpm', { code: 'A' }], ['input.percentPpm', { code: 'A', percentPpm: 1, amount: { minor: '1', currency: 'EUR' } }],
    ['input.percentPpm', { code: 'A', percentPpm: 0 }], ['input.amount.minor', { code: 'A', amount: { minor: '0', currency: 'EUR' } }], ['input.amount.currency', { code: 'A', amount: { minor: '1', currency: 'QQQ' } }],
    ['input.mostUses', { code: 'A', percentPpm: 1, mostUses: 0 }], ['input.endsAt', { code: 'A', percentPpm: 1, startsAt: '2026-02-01T00:00:00Z', endsAt: '2026-02-01T00:00:00Z' }],
  ])('of a voucher is refused by %s', async (field, input) => expect(await shop.refused('voucherCreate', input)).toEqual([['InputInvalid', field]]));
});
