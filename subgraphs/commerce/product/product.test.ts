// The catalogue: made, changed, put away, listed by what it is, and the menu of a moment on the clock of the shop.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestShop } from '../../../test/kit/commerce.js';
import { person } from '../../../test/kit/subgraph.js';
import { encodeId, newId } from '../../kernel/base/ids.js';

let shop: TestShop;
const EUR = { minor: '1000', currency: 'EUR' };
const one = (more: Record<string, unknown> = {}) => ({ kind: 'PRODUCT', name: 'Thing', variants: [{ sku: `s-${newId()}`, prices: [EUR] }], ...more });
const variant = (more: Record<string, unknown>) => one({ variants: [{ sku: `s-${newId()}`, prices: [EUR], ...more }] });
interface Page { nodes: { name: string }[]; pageInfo: { endCursor: string | null; hasNextPage: boolean } }
const list = async (filter: Record<string, unknown> = {}, page: Record<string, unknown> = {}, by = shop.owner): Promise<Page> => (await shop.query<{ products: Page }>(
  'query ($filter: ProductFilter, $first: Int, $after: String) { products(filter: $filter, first: $first, after: $after) { nodes { name } pageInfo { endCursor hasNextPage } } }', { filter, ...page }, by)).products;
const names = async (filter: Record<string, unknown>, page: Record<string, unknown> = {}, by = shop.owner) => (await list(filter, page, by)).nodes.map(({ name }) => name);
const menu = async (at: string): Promise<string[]> => (await shop.query<{ menu: Page }>('query ($at: DateTimeISO) { menu(at: $at, first: 100) { nodes { name } } }', { at })).menu.nodes.map(({ name }) => name);

beforeAll(async () => { shop = await TestShop.boot(); });
afterAll(() => shop?.close());

describe('categories', () => {
  it('have a name of their own, are put away, and brought back', async () => {
    const { id } = await shop.done<{ id: string }>('categoryCreate', { name: ' Starters ' }, 'category { id }');
    expect(await shop.refused('categoryCreate', { name: 'STARTERS' })).toEqual([['CategoryNameTaken', 'input.name']]);
    for (const name of ['', 'a\nb', 'x'.repeat(101)]) expect(await shop.refused('categoryCreate', { name })).toEqual([['InputInvalid', 'input.name']]);
    expect(await shop.done('categoryUpdate', { categoryId: id, archived: true }, 'category { name archivedAt }')).toEqual({ name: 'Starters', archivedAt: expect.any(String) });
    const seen = async (archived: boolean, by = shop.owner) => (await shop.query<{ categories: Page }>('query ($archived: Boolean) { categories(archived: $archived) { nodes { name } } }', { archived }, by)).categories.nodes;
    expect([await seen(false), await seen(true), await seen(true, shop.rival)]).toEqual([[], [{ name: 'Starters' }], []]);
    await shop.done('categoryUpdate', { categoryId: id, archived: false, name: 'To begin' }, 'category { id }');
    expect(await seen(false)).toEqual([{ name: 'To begin' }]);
    expect(await shop.refused('categoryUpdate', { categoryId: id }, shop.rival)).toEqual([['CategoryNotFound', 'input.categoryId']]);
  });
});

describe('a product', () => {
  it('is made with all its parts, changed part by part, and read whole', async () => {
    const { id: categoryId } = await shop.done<{ id: string }>('categoryCreate', { name: 'Pizza' }, 'category { id }');
    const { id } = await shop.done<{ id: string }>('productCreate', {
      kind: 'MENU_ITEM', name: 'Margherita', description: ' Tomato, mozzarella ', features: ['wood oven', 'wood oven'], imageUrl: 'https://img.example/m.png', allergens: ['MILK', 'GLUTEN'], dietaryTags: ['VEGETARIAN'],
      taxRatePpm: 70_000, categoryId, windows: [{ weekday: 1, from: '18:00', to: '24:00' }],
      variants: [{ sku: 'M-30', name: '30 cm', options: [{ name: 'size', value: '30' }], prices: [{ minor: '950', currency: 'EUR' }, { minor: '1500', currency: 'JPY' }] }, { sku: 'M-40', prices: [{ minor: '1350', currency: 'EUR' }] }],
      optionGroups: [{ name: 'Crust', least: 1, most: 1, choices: [{ name: 'Thin' }, { name: 'Thick', deltas: [{ minor: '150', currency: 'EUR' }] }] }],
    }, 'product { id }');
    const WHOLE = `query ($id: ID!) { product(id: $id) { kind name description features imageUrl allergens dietaryTags taxRatePpm archivedAt category { name } windows { weekday from to }
      variants { id sku name options { name value } tracksInventory stock { onHand } prices { minor currency } } optionGroups { name least most choices { name deltas { minor currency } } } } }`;
    interface Whole { product: { variants: { id: string }[] } }
    const whole = await shop.query<Whole>(WHOLE, { id });
    expect(whole).toEqual({ product: {
      kind: 'MENU_ITEM', name: 'Margherita', description: 'Tomato, mozzarella', features: ['wood oven'], imageUrl: 'https://img.example/m.png', allergens: ['MILK', 'GLUTEN'], dietaryTags: ['VEGETARIAN'], taxRatePpm: 70_000,
      archivedAt: null, category: { name: 'Pizza' }, windows: [{ weekday: 1, from: '18:00', to: '24:00' }],
      variants: [
        { id: expect.any(String), sku: 'M-30', name: '30 cm', options: [{ name: 'size', value: '30' }], tracksInventory: false, stock: null, prices: [{ minor: '950', currency: 'EUR' }, { minor: '1500', currency: 'JPY' }] },
        { id: expect.any(String), sku: 'M-40', name: null, options: [], tracksInventory: false, stock: null, prices: [{ minor: '1350', currency: 'EUR' }] },
      ],
      optionGroups: [{ name: 'Crust', least: 1, most: 1, choices: [{ name: 'Thin', deltas: [] }, { name: 'Thick', deltas: [{ minor: '150', currency: 'EUR' }] }] }],
    } });
    const changed = await shop.done('productUpdate', { productId: id, description: null, categoryId: null, optionGroups: [], windows: [], taxRatePpm: null }, 'product { name description taxRatePpm category { name } windows { from } optionGroups { name } }');
    expect(changed).toEqual({ name: 'Margherita', description: null, taxRatePpm: null, category: null, windows: [], optionGroups: [] });
    const images = [{ url: 'https://img.example/1.png', alt: ' A slice ' }, { url: 'https://img.example/2.png' }];
    expect(await shop.done('productUpdate', { productId: id, images }, 'product { images { url alt } }')).toEqual({ images: [{ url: 'https://img.example/1.png', alt: 'A slice' }, { url: 'https://img.example/2.png', alt: null }] });
    for (const [wrong, path] of [[[{ url: 'http://img.example/1.png' }], 'images.0.url'], [[images[1], { url: '' }], 'images.1.url'], [[{ url: 'https://img.example/1.png', alt: 'x'.repeat(301) }], 'images.0.alt'], [Array.from({ length: 11 }, () => images[1]), 'images']] as const) {
      expect(await shop.refused('productUpdate', { productId: id, images: wrong })).toEqual([['InputInvalid', `input.${path}`]]);
    }
    const [first] = whole.product.variants;
    expect(await shop.done('variantUpdate', { variantId: first?.id, prices: [{ minor: '990', currency: 'EUR' }], name: null, tracksInventory: true }, 'variant { name tracksInventory prices { minor currency } }'))
      .toEqual({ name: null, tracksInventory: true, prices: [{ minor: '990', currency: 'EUR' }] });
    expect(await shop.refused('variantUpdate', { variantId: first?.id, sku: 'M-40' })).toEqual([['SkuTaken', 'input.sku']]);
    expect(await shop.refused('variantCreate', { productId: id, sku: 'M-30', prices: [EUR] })).toEqual([['SkuTaken', 'input.sku']]);
    expect(await shop.done('variantCreate', { productId: id, sku: 'M-50', prices: [EUR] }, 'variant { product { name } }')).toEqual({ product: { name: 'Margherita' } });
    // What is put away is not listed any more, and still read by whoever has its id.
    await shop.done('productUpdate', { productId: id, archived: true }, 'product { id }');
    expect([await names({ search: 'marg' }), await names({ search: 'marg', archived: true })]).toEqual([[], ['Margherita']]);
    expect((await shop.query<Whole>(WHOLE, { id })).product.variants).toHaveLength(3);
  });

  it.each([
    ['input.name', one({ name: ' ' })], ['input.description', one({ description: 'x'.repeat(5_001) })], ['input.imageUrl', one({ imageUrl: 'http://plain.example' })],
    ['input.taxRatePpm', one({ taxRatePpm: 1_000_001 })], ['input.taxRatePpm', one({ taxRatePpm: -1 })], ['input.variants', one({ variants: [] })],
    ['input.variants.sku', variant({ sku: '' })], ['input.variants.prices', variant({ prices: [] })], ['input.variants.prices', variant({ prices: [EUR, EUR] })],
    ['input.variants.prices', variant({ prices: [{ minor: '-1', currency: 'EUR' }] })], ['input.variants.prices', variant({ prices: [{ minor: '9007199254740992', currency: 'EUR' }] })],
    ['input.variants.prices', variant({ prices: [{ minor: '1', currency: 'EURO' }] })], ['input.variants.prices', variant({ prices: [{ minor: '1', currency: 'XYZ' }] })],
    ['input.optionGroups.most', one({ optionGroups: [{ name: 'G', least: 0, most: 2, choices: [{ name: 'a' }] }] })],
    ['input.optionGroups.least', one({ optionGroups: [{ name: 'G', least: 2, most: 1, choices: [{ name: 'a' }] }] })],
    ['input.optionGroups.choices', one({ optionGroups: [{ name: 'G', least: 0, most: 1, choices: [] }] })],
    ['input.windows.to', one({ windows: [{ weekday: 1, from: '12:00', to: '12:00' }] })], ['input.windows.from', one({ windows: [{ weekday: 1, from: '25:00', to: '26:00' }] })],
    ['input.windows.weekday', one({ windows: [{ weekday: 8, from: '12:00', to: '13:00' }] })], ['input.windows.to', one({ windows: [{ weekday: 1, from: '12:00', to: '24:01' }] })],
    ['input.windows', one({ windows: [{ weekday: 1, from: '12:00', to: '14:00' }, { weekday: 1, from: '13:59', to: '15:00' }] })],
  ])('is refused by %s, and nothing is written', async (field, input) => {
    const count = async () => (await shop.rows<{ n: number }>('select (select count(*) from commerce.product)::int + (select count(*) from commerce.variant)::int as n'))[0]?.n;
    const before = await count();
    expect([await shop.refused('productCreate', input), await count()]).toEqual([[['InputInvalid', field]], before]);
  });

  it('of another tenant is not there, and one who may only look changes nothing', async () => {
    const { productId, variantId } = await shop.dish();
    const { id: categoryId } = await shop.done<{ id: string }>('categoryCreate', { name: 'Walls' }, 'category { id }');
    expect(await shop.query('query ($id: ID!) { product(id: $id) { name } }', { id: productId }, shop.rival)).toEqual({ product: null });
    expect(await shop.refused('productUpdate', { productId }, shop.rival)).toEqual([['ProductNotFound', 'input.productId']]);
    expect(await shop.refused('variantUpdate', { variantId }, shop.rival)).toEqual([['VariantNotFound', 'input.variantId']]);
    expect(await shop.refused('productCreate', one({ categoryId }), shop.rival)).toEqual([['CategoryNotFound', 'input.categoryId']]);
    expect(await shop.refused('stockAdjust', { variantId, change: 1, idempotencyKey: 'k' }, shop.rival)).toEqual([['VariantNotFound', 'input.variantId']]);
    await expect(shop.send('productUpdate', { productId }, '__typename', person(shop.tenantId, ['catalog:read']))).rejects.toThrow('catalog:manage');
    await expect(shop.send('productUpdate', { productId: encodeId('ord', newId()) })).rejects.toThrow('BAD_USER_INPUT');
  });
});

describe('lists', () => {
  it('are by name, page by page, of a kind, a category, or a beginning, for the same statements whatever the page', async () => {
    const { id: categoryId } = await shop.done<{ id: string }>('categoryCreate', { name: 'Advice' }, 'category { id }');
    for (const name of ['Émile', 'emma', 'Zoe', 'Emma']) await shop.dish({ kind: 'SERVICE', name, categoryId });
    await shop.dish({ kind: 'SOLUTION', name: 'Émigré', categoryId });
    expect(await names({ kind: 'SERVICE' })).toEqual(['emma', 'Emma', 'Zoe', 'Émile']);
    expect(await names({ categoryId, search: 'ÉM' })).toEqual(['Émigré', 'Émile']);
    expect([await names({ categoryId, kind: 'SOLUTION' }), await names({ categoryId }, {}, shop.rival)]).toEqual([['Émigré'], []]);
    const first = await list({ kind: 'SERVICE' }, { first: 1 });
    const rest = await list({ kind: 'SERVICE' }, { first: 10, after: first.pageInfo.endCursor });
    expect([[...first.nodes, ...rest.nodes].map(({ name }) => name), first.pageInfo.hasNextPage, rest.pageInfo.hasNextPage]).toEqual([['emma', 'Emma', 'Zoe', 'Émile'], true, false]);
    const { database } = shop.subject.running;
    const cost = async (size: number): Promise<number> => {
      const start = database.statements;
      await shop.query('query ($first: Int) { products(first: $first) { nodes { category { name } variants { prices { minor } stock { available } } optionGroups { choices { deltas { minor } } } windows { from } } } }', { first: size });
      return database.statements - start;
    };
    const [one_, all] = [await cost(1), await cost(100)];
    expect(all).toBeLessThanOrEqual(8);
    expect(one_).toBeLessThanOrEqual(all);
    for (const [variables, field] of [[{ first: 0 }, 'first'], [{ after: 'x' }, 'after']] as const) await expect(list({}, variables)).rejects.toThrow(field);
    await expect(list({ search: '\0' })).rejects.toThrow('BAD_USER_INPUT');
  });
});

describe('the menu', () => {
  it('is what is sold at that moment on the clock of the shop, also when the clock is set forward or back', async () => {
    expect(await shop.done('shopUpdate', { timeZone: 'Europe/Rome' }, 'shop { timeZone currency }')).toEqual({ timeZone: 'Europe/Rome', currency: 'EUR' });
    for (const timeZone of ['Rome', 'Europe/Nowhere', "UTC'; select 1 --"]) expect(await shop.refused('shopUpdate', { timeZone })).toEqual([['InputInvalid', 'input.timeZone']]);
    const [lunch, night, always] = ['Lunch', 'Night', 'Bread'];
    await shop.dish({ name: lunch, windows: [{ weekday: 7, from: '12:00', to: '14:30' }] });
    await shop.dish({ name: night, windows: [{ weekday: 6, from: '22:00', to: '24:00' }, { weekday: 7, from: '00:00', to: '03:00' }] });
    await shop.dish({ name: always });
    await shop.dish({ name: 'A service', kind: 'SERVICE' });
    const at = async (moment: string): Promise<string[]> => (await menu(moment)).filter((name) => [lunch, night, always, 'A service'].includes(name));
    // Sundays of 2026: the clock goes from 02:00 to 03:00 on 29 March, and from 03:00 to 02:00 on 25 October.
    expect(await at('2026-11-29T10:59:59.000Z')).toEqual([always]);
    expect(await at('2026-11-29T11:00:00.000Z')).toEqual([always, lunch]);
    expect(await at('2026-11-29T13:29:59.999Z')).toEqual([always, lunch]);
    expect(await at('2026-11-29T13:30:00.000Z')).toEqual([always]);
    expect(await at('2026-08-02T10:00:00.000Z')).toEqual([always, lunch]);
    expect(await at('2026-03-29T00:59:59.000Z')).toEqual([always, night]);
    expect(await at('2026-03-29T01:00:00.000Z')).toEqual([always]);
    expect(await at('2026-10-25T00:30:00.000Z')).toEqual([always, night]);
    expect(await at('2026-10-25T01:30:00.000Z')).toEqual([always, night]);
    expect(await at('2026-10-25T02:00:00.000Z')).toEqual([always]);
    expect(await at('2026-10-24T21:00:00.000Z')).toEqual([always, night]);
  });
});

describe('stock', () => {
  it('is counted once a key, never below what is promised, and every move of it is kept', async () => {
    const { variantId } = await shop.dish({ kind: 'PRODUCT' }, { tracksInventory: true });
    const adjust = (change: number, idempotencyKey: string) => shop.send('stockAdjust', { variantId, change, idempotencyKey, reason: 'delivery' }, 'stock { onHand reserved available }');
    expect((await Promise.all([adjust(10, 'a'), adjust(10, 'a'), adjust(10, 'a')])).map(({ stock }) => stock)).toEqual(Array.from({ length: 3 }, () => ({ onHand: 10, reserved: 0, available: 10 })));
    expect(await shop.refused('stockAdjust', { variantId, change: 9, idempotencyKey: 'a' })).toEqual([['InputInvalid', 'input.idempotencyKey']]);
    for (const change of [-11, 1_000_001, 0, -2_147_483_648]) expect([change, (await shop.refused('stockAdjust', { variantId, change, idempotencyKey: `b${change}` }))[0]?.[1]]).toEqual([change, 'input.change']);
    for (const idempotencyKey of ['', 'a b', 'x'.repeat(201)]) expect(await shop.refused('stockAdjust', { variantId, change: 1, idempotencyKey })).toEqual([['InputInvalid', 'input.idempotencyKey']]);
    expect((await adjust(-4, 'c')).stock).toEqual({ onHand: 6, reserved: 0, available: 6 });
    const MOVES = 'query ($id: ID!) { stockMovements(variantId: $id) { nodes { kind onHandChange reservedChange reason } } }';
    expect(await shop.query(MOVES, { id: variantId })).toEqual({ stockMovements: { nodes: [-4, 10].map((onHandChange) => ({ kind: 'ADJUSTED', onHandChange, reservedChange: 0, reason: 'delivery' })) } });
    expect(await shop.query(MOVES, { id: variantId }, shop.rival)).toEqual({ stockMovements: { nodes: [] } });
    await expect(shop.rows('update commerce.stock set reserved = on_hand + 1')).rejects.toMatchObject({ constraint: 'stock_not_oversold' });
  });
});
