// Amounts in minor units of an ISO 4217 currency, and how a person reads them.
import { LRUCache } from 'lru-cache';

// `Intl` is no authority on these: it shows HUF and IDR without decimals, as shops do.
/** Minor-unit exponents of ISO 4217 other than 2. */
const EXPONENTS: Readonly<Record<number, readonly string[]>> = {
  0: ['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'],
  3: ['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'],
  4: ['CLF', 'UYW'],
};
const exponents = new Map(
  Object.entries(EXPONENTS).flatMap(([exponent, codes]) => codes.map((code) => [code, Number(exponent)])),
);

/** Decimal places of a currency's minor unit: 2 for EUR, 0 for JPY, 3 for KWD. */
export const currencyExponent = (currency: string): number => exponents.get(currency) ?? 2;

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
