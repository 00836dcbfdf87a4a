// Amounts in minor units of an ISO 4217 currency, and how a person reads them.
import { LRUCache } from 'lru-cache';
import { currencyExponent } from '../../kernel/base/currency.js';

const formats = new LRUCache<string, Intl.NumberFormat>({ max: 500 });

function formatOf(currency: string, locale: string): Intl.NumberFormat {
  const key = `${locale}/${currency}`;
  let format = formats.get(key);
  if (!format) {
    const digits = currencyExponent(currency);
    format = new Intl.NumberFormat(locale, {
      style: 'currency', currency, minimumFractionDigits: digits, maximumFractionDigits: digits,
    });
    formats.set(key, format);
  }
  return format;
}

/** The amount as decimal text, exact at any size: `decimalText(1234n, 'EUR')` is `12.34`. */
export function decimalText(minor: bigint, currency: string): Intl.StringNumericLiteral {
  const exponent = currencyExponent(currency);
  const digits = (minor < 0n ? -minor : minor).toString().padStart(exponent + 1, '0');
  const whole = digits.slice(0, digits.length - exponent);
  const fraction = exponent === 0 ? '' : `.${digits.slice(-exponent)}`;
  return `${minor < 0n ? '-' : ''}${whole}${fraction}` as Intl.StringNumericLiteral;
}

/** E.g. `formatMoney(123450n, 'EUR', 'es')` -> `1.234,50 €`. @param locale one that is known @throws RangeError when `currency` is not three letters */
export const formatMoney = (minor: bigint, currency: string, locale = 'en'): string => formatOf(currency, locale).format(decimalText(minor, currency));
