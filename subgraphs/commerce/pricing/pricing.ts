// What a cart costs: pure, in whole minor units, so that every part adds up to the total whatever the currency. Nothing here knows an exponent.
const PPM = 1_000_000n;
/** The largest amount: what every client can hold exactly. */
const MOST = 9_007_199_254_740_991n;

export interface PricedInput {
  /** Of one, with what was chosen; less than nothing counts as nothing. */
  unitMinor: bigint;
  quantity: number;
  /** Millionths. */
  taxRatePpm: number;
}

/** Off the whole cart: so much, or a part of it. */
export type Discount = { kind: 'AMOUNT'; minor: bigint } | { kind: 'PERCENT'; ppm: number };

export interface PricedLine {
  /** As many as were wanted, before anything is taken off. */
  grossMinor: bigint;
  /** Its part of the discount. */
  discountMinor: bigint;
  /** Within the total, whether or not prices included it. */
  taxMinor: bigint;
  totalMinor: bigint;
}

export interface Priced {
  lines: PricedLine[];
  /** Of all lines, before anything is taken off or added. */
  subtotalMinor: bigint;
  discountMinor: bigint;
  taxMinor: bigint;
  tipMinor: bigint;
  totalMinor: bigint;
}

/** A sum is larger than what clients can hold exactly. */
export class TooMuch extends Error {
  override readonly name = 'TooMuch';
}

/** Both from 0: the fraction, a half of it upwards. */
export function halfUp(dividend: bigint, divisor: bigint): bigint {
  return (2n * dividend + divisor) / (2n * divisor);
}

/**
 * `amount` in parts in the proportion of `weights`: each gets its whole share, then those with the largest remainders one more, of equal ones the first.
 * The parts are exactly `amount`, and none is more than its weight as long as `amount` is at most the sum of them.
 */
export function largestRemainder(amount: bigint, weights: readonly bigint[]): bigint[] {
  const sum = weights.reduce((all, weight) => all + weight, 0n);
  if (sum === 0n) return weights.map(() => 0n);
  const parts = weights.map((weight) => (amount * weight) / sum);
  const left = Number(amount - parts.reduce((all, part) => all + part, 0n));
  const byRemainder = weights.map((weight, place) => ({ place, rest: (amount * weight) % sum }))
    .toSorted((a, b) => (a.rest === b.rest ? a.place - b.place : a.rest > b.rest ? -1 : 1));
  for (const { place } of byRemainder.slice(0, left)) parts[place] = (parts[place] ?? 0n) + 1n;
  return parts;
}

const bounded = (minor: bigint): bigint => {
  if (minor > MOST) throw new TooMuch();
  return minor;
};

/** @throws TooMuch */
export function priceOf({ lines, pricesIncludeTax, discount = null, tipMinor = 0n }: {
  lines: readonly PricedInput[]; pricesIncludeTax: boolean; discount?: Discount | null; tipMinor?: bigint;
}): Priced {
  const gross = lines.map(({ unitMinor, quantity }) => bounded((unitMinor < 0n ? 0n : unitMinor) * BigInt(quantity)));
  const subtotalMinor = bounded(gross.reduce((all, one) => all + one, 0n));
  const wanted = discount === null ? 0n : discount.kind === 'AMOUNT' ? discount.minor : halfUp(subtotalMinor * BigInt(discount.ppm), PPM);
  const discountMinor = wanted > subtotalMinor ? subtotalMinor : wanted;
  const parts = largestRemainder(discountMinor, gross);
  const priced = lines.map(({ taxRatePpm }, place): PricedLine => {
    const [grossMinor = 0n, part = 0n] = [gross[place], parts[place]];
    const [base, rate] = [grossMinor - part, BigInt(taxRatePpm)];
    const taxMinor = pricesIncludeTax ? halfUp(base * rate, PPM + rate) : halfUp(base * rate, PPM);
    return { grossMinor, discountMinor: part, taxMinor, totalMinor: bounded(pricesIncludeTax ? base : base + taxMinor) };
  });
  const sum = (of: (line: PricedLine) => bigint): bigint => priced.reduce((all, line) => all + of(line), 0n);
  return {
    lines: priced, subtotalMinor, discountMinor, taxMinor: sum(({ taxMinor }) => taxMinor), tipMinor: bounded(tipMinor),
    totalMinor: bounded(sum(({ totalMinor }) => totalMinor) + tipMinor),
  };
}
