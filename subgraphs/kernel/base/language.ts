// The languages that words for people are written in, and the locales that amounts, numbers and dates are.
import { LRUCache } from 'lru-cache';

export const LANGUAGES = ['en', 'es', 'fr', 'pt'] as const;
export type Language = (typeof LANGUAGES)[number];

/** The language of a locale such as `pt-BR`; English for those we do not speak. */
export function languageOf(locale: string | null | undefined): Language {
  const [tag = ''] = (locale ?? '').toLowerCase().split(/[-_]/);
  return LANGUAGES.find((language) => language === tag) ?? 'en';
}

/** By which the gateway tells subgraphs the locale of whoever asks: one tag, or nothing. */
export const LOCALE_HEADER = 'accept-language';
const MOST_RANGES = 20;

const known = new LRUCache<string, { locale: string | null }>({ max: 500 });

/** The locale of this runtime that a BCP 47 tag means, without what it says of digits and calendars; null: it is no tag, or of no language it knows. */
export function knownLocale(tag: string): string | null {
  const asked = tag.trim();
  if (asked.length > 35) return null;
  const found = known.get(asked) ?? { locale: resolved(asked) };
  known.set(asked, found);
  return found.locale;
}

function resolved(tag: string): string | null {
  try {
    const { baseName } = new Intl.Locale(tag);
    const [supported] = Intl.NumberFormat.supportedLocalesOf(baseName);
    return supported === undefined ? null : new Intl.NumberFormat(supported).resolvedOptions().locale;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** The locale a header `Accept-Language` (RFC 9110, section 12.5.4) prefers of those that are known; null: none of them, or no such header. */
export function acceptedLocale(header: string | null | undefined): string | null {
  const ranges = (header ?? '').slice(0, 1_000).split(',', MOST_RANGES).map((range, place) => {
    const [tag = '', ...parameters] = range.split(';').map((part) => part.trim());
    const weight = parameters.find((parameter) => /^q=/i.test(parameter))?.slice(2);
    return { tag, weight: weight === undefined ? 1 : Number(weight), place };
  });
  const wanted = ranges.filter(({ tag, weight }) => tag !== '' && tag !== '*' && weight > 0 && weight <= 1).toSorted((a, b) => b.weight - a.weight || a.place - b.place);
  for (const { tag } of wanted) {
    const locale = knownLocale(tag);
    if (locale !== null) return locale;
  }
  return null;
}
