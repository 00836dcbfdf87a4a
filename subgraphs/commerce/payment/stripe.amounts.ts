// Amounts as Stripe counts them, where that is not as ISO 4217 does. Source: "Supported currencies" of Stripe's documentation.
import { currencyExponent } from '../../kernel/base/currency.js';

/** Stripe takes two decimals of these though they have none: `500` is 5 krónur. */
const HUNDREDFOLD: readonly string[] = ['ISK', 'UGX'];
/** Stripe takes none of these though they have two. */
const UNDIVIDED: readonly string[] = ['MGA'];

/** Null: Stripe cannot take this amount exactly. */
export function toStripe(minor: bigint, currency: string): number | null {
  if (HUNDREDFOLD.includes(currency)) return safe(minor * 100n);
  if (UNDIVIDED.includes(currency)) return minor % 100n === 0n ? safe(minor / 100n) : null;
  // Of three decimals the last is zero.
  return currencyExponent(currency) === 3 && minor % 10n !== 0n ? null : safe(minor);
}

export function fromStripe(amount: number, currency: string): bigint {
  if (HUNDREDFOLD.includes(currency)) return BigInt(amount) / 100n;
  return UNDIVIDED.includes(currency) ? BigInt(amount) * 100n : BigInt(amount);
}

/** How many digits it takes is its own affair, and differs by currency. */
const safe = (amount: bigint): number | null => (amount <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(amount) : null);
