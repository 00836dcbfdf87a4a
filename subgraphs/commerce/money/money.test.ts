// Money: the exponent is the currency's own, the digits are exact.
import { describe, expect, it } from '@jest/globals';
import { currencyExponent } from '../../kernel/base/currency.js';
import { decimalText, formatMoney } from './money.js';

// `en` separates a code from its amount by a no-break space.
const spaced = (text: string): string => text.replace(/\u00a0/g, ' ');

describe('money', () => {
  it.each([
    ['EUR', 123_450n, '€1,234.50', '1234.50'],
    ['USD', 5n, '$0.05', '0.05'],
    ['USD', -1_999n, '-$19.99', '-19.99'],
    ['JPY', 1_234n, '¥1,234', '1234'],
    ['KWD', 1_234n, 'KWD 1.234', '1.234'],
    ['KWD', 7n, 'KWD 0.007', '0.007'],
    ['IQD', 1_500n, 'IQD 1.500', '1.500'],
    ['HUF', 250_000n, 'HUF 2,500.00', '2500.00'],
    ['CLF', 12_345n, 'CLF 1.2345', '1.2345'],
    ['EUR', 0n, '€0.00', '0.00'],
    // Beyond 2^53, where a double would lose the cents.
    ['EUR', 9_223_372_036_854_775_807n, '€92,233,720,368,547,758.07', '92233720368547758.07'],
  ])('%s %s minor units read %s', (currency, minor, formatted, decimal) => {
    expect(spaced(formatMoney(minor, currency))).toBe(formatted);
    expect(decimalText(minor, currency)).toBe(decimal);
  });

  it('refuses what is no currency code', () => {
    expect(() => formatMoney(1n, 'EURO')).toThrow(RangeError);
  });

  it('differs from Intl only where Intl follows shop habits instead of ISO 4217', () => {
    const intl = (currency: string): number | undefined =>
      new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits;
    const differing = Intl.supportedValuesOf('currency').filter((code) => intl(code) !== currencyExponent(code));
    expect(differing.every((code) => intl(code) === 0 && currencyExponent(code) > 0)).toBe(true);
    expect(differing).not.toContain('KWD');
  });
});
