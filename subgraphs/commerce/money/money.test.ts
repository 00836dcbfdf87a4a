// Money: the exponent is the currency's own, the digits are exact.
import { describe, expect, it } from '@jest/globals';
import { currencyExponent } from '../../kernel/base/currency.js';
import { acceptedLocale, knownLocale } from '../../kernel/base/language.js';
import { directionOf, firstWeekdayOf, formatArticles, formatInstant, formatNumber, separatorsOf, summaryOf } from './formats.js';
import { inCash } from './money.cash.js';
import { decimalText, formatMoney } from './money.js';

// A code is separated from its amount by a no-break space, groups of digits in French by a narrow one; what is read from right to left is marked so.
const spaced = (text: string): string => text.replace(/[\u00a0\u202f]/g, ' ').replace(/[\u200e\u200f\u061c]/g, '');

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

describe('by locale', () => {
  it.each([
    ['en', 'CLP', 1_234_567n, 'CLP 1,234,567'], ['es', 'CLP', 1_234_567n, '1.234.567 CLP'], ['es-CL', 'CLP', 1_234_567n, '$1.234.567'], ['fr', 'CLP', 1_234_567n, '1 234 567 $CL'], ['pt', 'CLP', 1_234_567n, 'CLP 1.234.567'],
    ['en', 'KWD', 1_234_567n, 'KWD 1,234.567'], ['es', 'KWD', 1_234_567n, '1234,567 KWD'], ['fr', 'KWD', 1_234_567n, '1 234,567 KWD'], ['pt', 'KWD', 1_234_567n, 'KWD 1.234,567'], ['ar', 'KWD', 1_234_567n, '1,234.567 د.ك.'],
    ['en', 'HUF', 123_456_750n, 'HUF 1,234,567.50'], ['es', 'HUF', 123_456_750n, '1.234.567,50 HUF'], ['fr', 'HUF', 123_456_750n, '1 234 567,50 HUF'], ['pt', 'HUF', 123_456_750n, 'HUF 1.234.567,50'],
    ['es', 'EUR', -123_450n, '-1234,50 €'], ['es-MX', 'MXN', 123_450n, '$1,234.50'], ['pt-BR', 'BRL', 123_450n, 'R$ 1.234,50'], ['fr-CH', 'CHF', 123_450n, "1'234.50 CHF"], ['fr', 'EUR', 9_223_372_036_854_775_807n, '92 233 720 368 547 758,07 €'],
  ])('%s writes %s %s as %s', (locale, currency, minor, text) => expect(spaced(formatMoney(minor, currency, locale)).replace('’', "'")).toBe(text));

  it.each(['en', 'es', 'fr', 'pt', 'es-CL', 'pt-BR', 'fr-CA'])('every currency has the decimals of ISO 4217 in %s', (locale) => {
    const { decimal } = separatorsOf(locale);
    // Where a locale writes a currency's own separator (the franc in Switzerland) there is none of these.
    const wrong = Intl.supportedValuesOf('currency').filter((currency) => {
      const [, decimals = ''] = formatMoney(1_234_567n, currency, locale).replace(/^[^\d]+|[^\d]+$/g, '').split(decimal === '.' ? /[.](?=\d+$)/ : /[,$](?=\d+$)/);
      return (currencyExponent(currency) > 0 ? decimals.length : 0) !== currencyExponent(currency);
    });
    expect(wrong).toEqual([]);
  });

  it.each([['CLP', 1_234n, 1_230n], ['CLP', 1_235n, 1_230n], ['CLP', 1_236n, 1_240n], ['HUF', 250_200n, 250_000n], ['HUF', 250_300n, 250_500n], ['KWD', 1_232n, 1_230n], ['KWD', 1_233n, 1_235n], ['CHF', 1_234n, 1_235n],
    ['EUR', 1_233n, 1_233n], ['JPY', 1n, 1n], ['CLP', -1_236n, -1_240n], ['CHF', 0n, 0n]])('%s %s is paid in coins as %s', (currency, minor, cash) => expect(inCash(minor, currency)).toBe(cash));

  it.each([
    ['en', '12345.678', '12,345.678', '.', ',', 'LTR', 7, 'Nov 29, 2026, 9:05 PM'], ['es', '12345.678', '12.345,678', ',', '.', 'LTR', 1, '29 nov 2026, 21:05'],
    ['fr', '12345.678', '12 345,678', ',', ' ', 'LTR', 1, '29 nov. 2026, 21:05'], ['pt', '12345.678', '12.345,678', ',', '.', 'LTR', 7, '29 de nov. de 2026, 21:05'],
  ] as const)('%s writes numbers and dates in its own way', (locale, value, number, decimal, group, direction, firstWeekday, at) => {
    const { decimal: before, group: between } = separatorsOf(locale);
    const date = spaced(formatInstant(new Date('2026-11-29T20:05:00Z'), { locale, timeZone: 'Europe/Rome', style: 'MEDIUM' }));
    expect([spaced(formatNumber(value, locale)), before, spaced(between), directionOf(locale), firstWeekdayOf(locale), date]).toEqual([number, decimal, group, direction, firstWeekday, at]);
    expect(spaced(formatNumber('123456789012345678901234567890', locale)).replace(/\D/g, '')).toBe('123456789012345678901234567890');
    expect(['ar', 'he', 'fa'].map(directionOf)).toEqual(['RTL', 'RTL', 'RTL']);
  });

  it.each([
    ['en', ['0 items', '1 item', '2 items', '1,000,000 items', '2,500,000 items']], ['es', ['0 artículos', '1 artículo', '2 artículos', '1.000.000 de artículos', '2.500.000 artículos']],
    ['fr', ['0 article', '1 article', '2 articles', '1 000 000 d’articles', '2 500 000 articles']], ['pt', ['0 artigo', '1 artigo', '2 artigos', '1.000.000 de artigos', '2.500.000 artigos']], ['de', ['0 items', '1 item', '2 items', '1,000,000 items', '2,500,000 items']],
  ])('words of %s take the form of their number', (locale, forms) => expect([0, 1, 2, 1_000_000, 2_500_000].map((count) => spaced(formatArticles(count, locale)))).toEqual(forms));

  it('an order is one line', () => {
    const order = { number: 1004, articles: 3, minor: 2_400n, currency: 'EUR', placedAt: new Date('2026-11-29T20:05:00Z') };
    expect(['es', 'fr', 'pt-BR', 'ar'].map((locale) => spaced(summaryOf(order, locale, 'Europe/Rome')))).toEqual([
      'Pedido 1004: 3 artículos, 24,00 €, 29 nov 2026, 21:05', 'Commande 1004 : 3 articles, 24,00 €, 29 nov. 2026, 21:05', 'Pedido 1004: 3 artigos, € 24,00, 29 de nov. de 2026, 21:05', 'Order 1004: 3 items, €24.00, Nov 29, 2026, 9:05 PM',
    ]);
  });

  // RFC 9110, section 12.5.4: by weight, then as they come.
  it.each([
    ['es-CL,es;q=0.9', 'es-CL'], ['fr;q=0.5, pt-BR;q=0.8, *;q=0.1', 'pt-BR'], ['tlh, xx;q=0.9, fr;q=0.2', 'fr'], ['es;q=0', null], ['*', null], ['', null], [undefined, null], ['es;q=zwei, en;q=0.1', 'en'], ['en-u-nu-arab', 'en'], [`${'a'.repeat(2_000)},es`, null],
  ])('of %j the first that is known is %j', (header, locale) => expect(acceptedLocale(header)).toBe(locale));

  it.each(['', 'e', 'xx', 'klingon!', 'en_US', '../en', 'x'.repeat(36)])('%j is no locale', (tag) => expect(knownLocale(tag)).toBeNull());
});
