// Quantiles of a distribution against the sorted values themselves.
import { describe, expect, it } from '@jest/globals';
import { Distribution } from './distribution.js';

const SHARES = [0, 0.01, 0.5, 0.95, 0.99, 1];
const exact = (sorted: readonly number[], share: number): number => sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? NaN;
const of = (values: readonly number[]): Distribution => {
  const distribution = new Distribution();
  for (const value of values) distribution.record(value);
  return distribution;
};

/** The same every time: x(n+1) = 48271 x(n) mod (2^31 - 1), the "minimal standard" generator. */
function* random(): Generator<number> {
  for (let state = 1; ; yield state / 2_147_483_647) state = (state * 48_271) % 2_147_483_647;
}
const draw = random();
const many = (make: (share: number) => number): number[] => Array.from({ length: 5_000 }, () => make(draw.next().value as number));

describe('a distribution', () => {
  it.each<[string, number[]]>([
    ['even', many((share) => 0.001 + share)],
    ['over six powers of ten', many((share) => 10 ** (share * 6 - 5))],
    ['two humps', many((share) => (share < 0.9 ? 0.002 + share / 1e4 : 3 + share))],
    ['one value', [0.25]],
    ['powers of two', Array.from({ length: 26 }, (_, power) => 2 ** power / 1e6)],
  ])('is at most 1/64 wrong: %s', (_name, values) => {
    const sorted = [...values].sort((a, b) => a - b);
    const distribution = of(values);
    for (const share of SHARES) {
      const wrong = Math.abs((distribution.quantile(share) ?? NaN) / exact(sorted, share) - 1);
      expect([share, wrong <= 1 / 64]).toEqual([share, true]);
    }
  });

  it('knows count, minimum, maximum and average exactly, in milliseconds', () => {
    expect(of([0.001, 0.002, 0.006])).toMatchObject({ count: 3 });
    expect(of([0.001, 0.002, 0.006]).summary()).toMatchObject({ count: 3, min: 1, max: 6, average: 3 });
  });

  it('says nothing when it knows nothing', () => {
    expect(new Distribution().summary()).toEqual({ count: 0, min: null, max: null, average: null, p50: null, p95: null, p99: null });
  });

  it('takes what no clock should tell', () => {
    expect(of([0, -1, 1e-9]).summary()).toMatchObject({ count: 3 });
    expect(of([100, 200, 1e12]).quantile(0.5)).toBe(1e12);
  });

  it('adds up to what one would have recorded', () => {
    const [left, right] = [many((share) => share), many((share) => share / 100)];
    const sum = of(left);
    sum.add(of(right));
    sum.add(new Distribution());
    const together = of([...left, ...right]).summary();
    expect(sum.summary()).toEqual({ ...together, average: expect.closeTo(together.average ?? NaN, 2) as unknown });
  });
});
