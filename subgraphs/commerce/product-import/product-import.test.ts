// Products from a file: what is CSV, what a row must say, and all or nothing.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestShop } from '../../../test/kit/commerce.js';
import { CsvFault, csvRows } from './csv.js';
import { minorOf } from './product-import.rows.js';

describe('comma-separated values', () => {
  // RFC 4180, section 2, and what spreadsheets write besides.
  it.each([
    ['aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n', [[1, ['aaa', 'bbb', 'ccc']], [2, ['zzz', 'yyy', 'xxx']]]],
    ['aaa,bbb,ccc', [[1, ['aaa', 'bbb', 'ccc']]]],
    ['"aaa","b\r\nbb","ccc"\r\nzzz,yyy,xxx', [[1, ['aaa', 'b\r\nbb', 'ccc']], [3, ['zzz', 'yyy', 'xxx']]]],
    ['"aaa","b""bb","ccc"', [[1, ['aaa', 'b"bb', 'ccc']]]],
    ['\uFEFFa,b\n\n1,\n', [[1, ['a', 'b']], [3, ['1', '']]]],
    ['a\rb', [[1, ['a']], [2, ['b']]]], ['', []], ['""', [[1, ['']]]], ['a,', [[1, ['a', '']]]],
  ])('%j', (text, rows) => expect(csvRows(text).map(({ line, fields }) => [line, fields])).toEqual(rows));

  it.each([['a"b,c', 1], ['a\n"b', 2], ['"a"b', 1]])('%j is none', (text, line) => {
    expect(() => csvRows(text)).toThrow(expect.objectContaining({ name: CsvFault.name, line }));
  });

  it.each([['12.5', 'EUR', 1250n], ['12', 'EUR', 1200n], ['1.234', 'KWD', 1234n], ['950', 'JPY', 950n], ['9.5', 'JPY', null], ['1.234', 'EUR', null], ['-1', 'EUR', null], ['1,5', 'EUR', null], ['', 'EUR', null], ['1e3', 'EUR', null]])(
    'a price of %s %s', (text, currency, minor) => expect(minorOf(text, currency)).toBe(minor));
});

describe('productsImport', () => {
  let shop: TestShop;
  beforeAll(async () => { shop = await TestShop.boot(); });
  afterAll(() => shop?.close());

  const HEADER = 'kind,name,sku,price,currency,category,variant,tracks_inventory,description';
  const send = (csv: string, dryRun = false) => shop.query<{ productsImport: object }>(`mutation ($input: ProductsImportInput!) { productsImport(input: $input) {
    products variants userErrors { __typename field ... on ProductImportFaulty { faults { line column } } } } }`, { input: { csv, dryRun } });
  const count = async () => (await shop.rows<{ n: number }>('select count(*)::int as n from commerce.variant'))[0]?.n;

  it('makes products of rows, or says what would come of it, or what is wrong with each row', async () => {
    await shop.done('categoryCreate', { name: 'Wine' }, 'category { id }');
    const good = `${HEADER}\nPRODUCT,Chianti,CH-75,12.50,EUR,wine,Bottle,true,"Red, dry"\nPRODUCT,Chianti,CH-150,23,EUR,WINE,Magnum,,\nSERVICE,Tasting,TAST,1500,JPY,,,,`;
    const done = { productsImport: { products: 2, variants: 3, userErrors: [] } };
    expect([await send(good, true), await count()]).toEqual([done, 0]);
    expect([await send(good), await count()]).toEqual([done, 3]);
    const { products } = await shop.query<{ products: object }>('{ products { nodes { kind name description category { name } variants { sku name tracksInventory prices { minor currency } } } } }');
    expect(products).toEqual({ nodes: [
      { kind: 'PRODUCT', name: 'Chianti', description: 'Red, dry', category: { name: 'Wine' }, variants: [
        { sku: 'CH-75', name: 'Bottle', tracksInventory: true, prices: [{ minor: '1250', currency: 'EUR' }] }, { sku: 'CH-150', name: 'Magnum', tracksInventory: false, prices: [{ minor: '2300', currency: 'EUR' }] }] },
      { kind: 'SERVICE', name: 'Tasting', description: null, category: null, variants: [{ sku: 'TAST', name: null, tracksInventory: false, prices: [{ minor: '1500', currency: 'JPY' }] }] },
    ] });
    const bad = [HEADER, 'PRODUCT,Fine,F-1,1,EUR,,,,', 'THING,A,A-1,1,EUR,,,,', 'PRODUCT,,A-2,1,EUR,,,,', 'PRODUCT,A,CH-75,1,EUR,,,,', 'PRODUCT,A,F-1,1,EUR,,,,', 'PRODUCT,A,A-3,1.234,EUR,,,,', 'PRODUCT,A,A-4,1,EURO,,,,',
      'PRODUCT,A,A-5,1,EUR,Beer,,,', 'PRODUCT,A,A-6,1,EUR,,,yes,', 'PRODUCT,A', `PRODUCT,A,A-7,9007199254740992,JPY,,,,`].join('\n');
    for (const dryRun of [true, false]) {
      expect([await send(bad, dryRun), await count()]).toEqual([{ productsImport: { products: null, variants: null, userErrors: [{ __typename: 'ProductImportFaulty', field: ['input', 'csv'], faults: [
        [3, 'kind'], [4, 'name'], [5, 'sku'], [6, 'sku'], [7, 'price'], [8, 'currency'], [9, 'category'], [10, 'tracks_inventory'], [11, null], [12, 'price'],
      ].map(([line, column]) => ({ line, column })) }] } }, 3]);
    }
  });

  it.each([
    ['no header', ''], ['no rows', HEADER], ['a column missing', 'kind,name,sku,price\nPRODUCT,A,A,1'], ['a column that nobody knows', `${HEADER},colour\n`], ['a column twice', `${HEADER},sku\n`], ['no CSV', `${HEADER}\n"`],
    ['too many rows', `${HEADER}\n${'x\n'.repeat(1_001)}`], ['too much', 'x'.repeat(1_000_001)],
  ])('refuses %s', async (_, csv) => expect(await send(csv)).toMatchObject({ productsImport: { products: null, userErrors: [{ __typename: 'InputInvalid', field: ['input', 'csv'] }] } }));

  it('of two at once with one SKU makes one', async () => {
    const csv = (name: string) => `${HEADER}\nPRODUCT,${name},TWICE,1,EUR,,,,`;
    const answers = await Promise.all([send(csv('One')), send(csv('Other'))]) as { productsImport: { products: number | null } }[];
    expect(answers.map(({ productsImport }) => productsImport.products).toSorted()).toEqual([1, null]);
    expect(await shop.rows("select 1 from commerce.product where name in ('One', 'Other')")).toHaveLength(1);
  });
});
