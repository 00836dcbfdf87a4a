// Numbers and dates as people of a locale read them, and the words of commerce in the languages it speaks.
import { LRUCache } from 'lru-cache';
import { languageOf, type Language } from '../../kernel/base/language.js';
import { formatMoney } from './money.js';

export type DateStyle = 'SHORT' | 'MEDIUM' | 'LONG' | 'FULL';

interface WeekAndText { getTextInfo(): { direction: string }; getWeekInfo(): { firstDay: number } }
/** The runtime has them; the compiler's library does not yet. */
const infoOf = (locale: string): WeekAndText => new Intl.Locale(locale) as unknown as WeekAndText;

export const directionOf = (locale: string): 'LTR' | 'RTL' => (infoOf(locale).getTextInfo().direction === 'rtl' ? 'RTL' : 'LTR');
/** 1 is Monday, 7 is Sunday. */
export const firstWeekdayOf = (locale: string): number => infoOf(locale).getWeekInfo().firstDay;

const numbers = new LRUCache<string, Intl.NumberFormat>({ max: 200 });
const dates = new LRUCache<string, Intl.DateTimeFormat>({ max: 500 });
const plurals = new LRUCache<string, Intl.PluralRules>({ max: 200 });

function cached<Value extends object>(cache: LRUCache<string, Value>, key: string, make: () => Value): Value {
  const value = cache.get(key) ?? make();
  cache.set(key, value);
  return value;
}

const numberFormatOf = (locale: string): Intl.NumberFormat => cached(numbers, locale, () => new Intl.NumberFormat(locale, { maximumFractionDigits: 20 }));

/** @param value decimal text, exact at any size */
export const formatNumber = (value: string, locale: string): string => numberFormatOf(locale).format(value as Intl.StringNumericLiteral);

/** What stands between groups of digits and before decimals. */
export function separatorsOf(locale: string): { group: string; decimal: string } {
  const parts = numberFormatOf(locale).formatToParts(1_234_567.5);
  const of = (type: string): string => parts.find((part) => part.type === type)?.value ?? '';
  return { group: of('group'), decimal: of('decimal') };
}

/** On the clock of a zone. */
export const formatInstant = (at: Date, { locale, timeZone, style }: { locale: string; timeZone: string; style: DateStyle }): string => {
  const dateStyle = style.toLowerCase() as Lowercase<DateStyle>;
  return cached(dates, `${locale}/${timeZone}/${style}`, () => new Intl.DateTimeFormat(locale, { dateStyle, timeStyle: 'short', timeZone })).format(at);
};

/** CLDR's categories, as far as these languages have them: Spanish, French and Portuguese say `1 000 000 d'articles`. */
type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

const ARTICLES: Readonly<Record<Language, Plural>> = {
  en: { one: '{n} item', other: '{n} items' },
  es: { one: '{n} artículo', many: '{n} de artículos', other: '{n} artículos' },
  fr: { one: '{n} article', many: '{n} d’articles', other: '{n} articles' },
  pt: { one: '{n} artigo', many: '{n} de artigos', other: '{n} artigos' },
};
const SUMMARY: Readonly<Record<Language, string>> = {
  en: 'Order {number}: {articles}, {total}, {at}', es: 'Pedido {number}: {articles}, {total}, {at}', fr: 'Commande {number} : {articles}, {total}, {at}', pt: 'Pedido {number}: {articles}, {total}, {at}',
};

/** E.g. `3 artículos`, and `1.000.000 de artículos`. */
export function formatArticles(count: number, locale: string): string {
  const language = languageOf(locale);
  // Words are of a language that is spoken here; its own rules decide their form, and digits are written as in them.
  const tag = new Intl.Locale(locale).language === language ? locale : language;
  const forms = ARTICLES[language];
  const form = forms[cached(plurals, tag, () => new Intl.PluralRules(tag)).select(count)] ?? forms.other;
  return form.replace('{n}', formatNumber(String(count), tag));
}

export interface Summarized { number: number; articles: number; minor: bigint; currency: string; placedAt: Date }

/** One line that says what an order is. In English where its language is none of ours. */
export function summaryOf({ number, articles, minor, currency, placedAt }: Summarized, locale: string, timeZone: string): string {
  const language = languageOf(locale);
  const tag = new Intl.Locale(locale).language === language ? locale : language;
  const words: Readonly<Record<string, string>> = {
    number: String(number), articles: formatArticles(articles, tag), total: formatMoney(minor, currency, tag), at: formatInstant(placedAt, { locale: tag, timeZone, style: 'MEDIUM' }),
  };
  return SUMMARY[language].replace(/\{(\w+)\}/g, (_whole, name: string) => words[name] ?? '');
}
