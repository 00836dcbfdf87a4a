// Prices: every part adds up, whatever the currency, the rate and the discount; halves go up; what is too much is refused.
import { describe, expect, it } from '@jest/globals';
import { seeded, upTo } from '../../../test/prove/seeded.js';
import { currencyExponent } from '../../kernel/base/currency.js';
import { decimalText } from '../money/money.js';
import { halfUp, largestRemainder, priceOf, TooMuch, type Discount } from './pricing.js';

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((all, one) => all + one, 0n);

describe('a cart', () => {
  // Worked by hand: 19 % and 7 % of Germany, 10 % of a Japanese lunch, 5 % of Kuwait's fils.
  it.each([
    ['tax within', true, [[1_190n, 1, 190_000]], null, 0n, { subtotalMinor: 1_190n, taxMinor: 190n, totalMinor: 1_190n }],
    ['tax on top', false, [[1_000n, 1, 190_000]], null, 0n, { subtotalMinor: 1_000n, taxMinor: 190n, totalMinor: 1_190n }],
    ['half a cent of tax, upwards', false, [[50n, 1, 70_000]], null, 0n, { taxMinor: 4n, totalMinor: 54n }],
    ['tax by line, not of the sum', false, [[50n, 1, 70_000], [50n, 1, 70_000]], null, 0n, { taxMinor: 8n, totalMinor: 108n }],
    ['no decimals', false, [[1_005n, 1, 100_000]], null, 0n, { taxMinor: 101n, totalMinor: 1_106n }],
    ['three decimals and a tip', true, [[2_625n, 2, 50_000]], null, 500n, { subtotalMinor: 5_250n, taxMinor: 250n, totalMinor: 5_750n }],
    ['a third off, in whole cents', true, [[1_000n, 1, 0], [1_000n, 1, 0], [1_000n, 1, 0]], { kind: 'AMOUNT', minor: 100n }, 0n, { discountMinor: 100n, totalMinor: 2_900n }],
    ['more off than there is', false, [[300n, 1, 190_000]], { kind: 'AMOUNT', minor: 5_000n }, 50n, { discountMinor: 300n, taxMinor: 0n, totalMinor: 50n }],
    ['a choice that takes more off than it costs', true, [[-200n, 3, 190_000]], null, 0n, { subtotalMinor: 0n, taxMinor: 0n, totalMinor: 0n }],
    ['a percentage with a half', true, [[333n, 1, 0]], { kind: 'PERCENT', ppm: 500_000 }, 0n, { discountMinor: 167n, totalMinor: 166n }],
    ['nothing', true, [], { kind: 'PERCENT', ppm: 500_000 }, 0n, { subtotalMinor: 0n, totalMinor: 0n }],
  ] as const)('with %s', (_, pricesIncludeTax, lines, discount, tipMinor, expected) => {
    const given = lines.map(([unitMinor, quantity, taxRatePpm]) => ({ unitMinor, quantity, taxRatePpm }));
    expect(priceOf({ lines: given, pricesIncludeTax, discount, tipMinor })).toMatchObject(expected);
  });

  it('of any currency, rate and discount is the sum of its parts, and nothing in it is less than nothing', () => {
    const random = seeded(20_261_129);
    for (let round = 0; round < 2_000; round += 1) {
      const currency = ['JPY', 'EUR', 'KWD', 'CLF'][round % 4] ?? 'EUR';
      const lines = Array.from({ length: upTo(12, random) }, () => ({
        unitMinor: BigInt(upTo(round % 7 === 0 ? 3 : 10_000_000, random)) - (round % 5 === 0 ? 2n : 0n), quantity: 1 + upTo(999, random), taxRatePpm: upTo(1_000_001, random),
      }));
      const discount: Discount | null = [null, { kind: 'AMOUNT' as const, minor: BigInt(upTo(20_000_000, random)) }, { kind: 'PERCENT' as const, ppm: upTo(1_000_001, random) }][round % 3] ?? null;
      const tipMinor = BigInt(upTo(2_000, random));
      const pricesIncludeTax = round % 2 === 0;
      const priced = priceOf({ lines, pricesIncludeTax, discount, tipMinor });
      const of = (pick: (line: (typeof priced.lines)[number]) => bigint) => sum(priced.lines.map(pick));
      const told = JSON.stringify({ round, priced }, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
      expect([told, of((line) => line.grossMinor), of((line) => line.discountMinor), of((line) => line.taxMinor), of((line) => line.totalMinor) + tipMinor])
        .toEqual([told, priced.subtotalMinor, priced.discountMinor, priced.taxMinor, priced.totalMinor]);
      expect([told, priced.totalMinor]).toEqual([told, priced.subtotalMinor - priced.discountMinor + tipMinor + (pricesIncludeTax ? 0n : priced.taxMinor)]);
      const all = [priced.subtotalMinor, priced.discountMinor, priced.taxMinor, priced.totalMinor, ...priced.lines.flatMap((line) => [line.grossMinor, line.discountMinor, line.taxMinor, line.totalMinor])];
      expect([told, all.filter((minor) => minor < 0n)]).toEqual([told, []]);
      expect([told, priced.lines.filter((line) => line.discountMinor > line.grossMinor || (pricesIncludeTax && line.taxMinor > line.totalMinor))]).toEqual([told, []]);
      expect(decimalText(priced.totalMinor, currency).split('.')[1]?.length ?? 0).toBe(currencyExponent(currency));
    }
  });

  it('that is more than every client can hold is refused', () => {
    const line = (unitMinor: bigint, quantity = 1) => ({ unitMinor, quantity, taxRatePpm: 0 });
    const most = 9_007_199_254_740_991n;
    expect(priceOf({ lines: [line(most)], pricesIncludeTax: true }).totalMinor).toBe(most);
    for (const lines of [[line(most), line(1n)], [line(most / 2n, 3)]]) expect(() => priceOf({ lines, pricesIncludeTax: true })).toThrow(TooMuch);
    expect(() => priceOf({ lines: [line(most)], pricesIncludeTax: true, tipMinor: 1n })).toThrow(TooMuch);
    expect(() => priceOf({ lines: [{ unitMinor: most, quantity: 1, taxRatePpm: 1 }], pricesIncludeTax: false })).toThrow(TooMuch);
  });
});

describe('the parts of a discount', () => {
  it.each([
    [100n, [1n, 1n, 1n], [34n, 33n, 33n]], [1n, [5n, 7n], [0n, 1n]], [2n, [1n, 1n, 0n], [1n, 1n, 0n]], [0n, [3n], [0n]], [5n, [0n, 0n], [0n, 0n]],
  ])('%s over %j', (amount, weights, parts) => expect(largestRemainder(amount, weights)).toEqual(parts));

  it.each([[1n, 2n, 1n], [3n, 2n, 2n], [5n, 10n, 1n], [4n, 10n, 0n], [0n, 7n, 0n]])('%s of %s is %s', (dividend, divisor, whole) => expect(halfUp(dividend, divisor)).toBe(whole));
});
