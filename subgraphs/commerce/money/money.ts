// Amounts in minor units of an ISO 4217 currency, and how a person reads them.
import { currencyExponent } from '../../kernel/base/currency.js';

const FORMAT_LOCALE = 'en';

const formats = new Map<string, Intl.NumberFormat>();

function formatOf(currency: string): Intl.NumberFormat {
  let format = formats.get(currency);
  if (!format) {
    const digits = currencyExponent(currency);
    format = new Intl.NumberFormat(FORMAT_LOCALE, {
      style: 'currency', currency, minimumFractionDigits: digits, maximumFractionDigits: digits,
    });
    formats.set(currency, format);
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

/** E.g. `formatMoney(123450n, 'EUR')` -> `€1,234.50`. @throws RangeError when `currency` is not three letters */
export const formatMoney = (minor: bigint, currency: string): string => formatOf(currency).format(decimalText(minor, currency));
