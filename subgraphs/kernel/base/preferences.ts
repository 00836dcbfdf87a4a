// Locales, time zones and currencies as people give them, in the one form that is stored.
import { invalidInput } from './errors.js';

const LOCALE_MAX = 35;
let currencies: ReadonlySet<string> | null = null;

/** @throws Refusal InputInvalid for what is no BCP 47 tag */
export function canonicalLocale(text: string, field: readonly string[]): string {
  try {
    const [locale] = Intl.getCanonicalLocales(text);
    if (locale && locale.length <= LOCALE_MAX) return locale;
  } catch {
    // Malformed: said below, as for one that is too long.
  }
  throw invalidInput('The locale is no BCP 47 language tag, e.g. pt-BR.', field);
}

/** @throws Refusal InputInvalid for what is no IANA time zone */
export function canonicalTimeZone(text: string, field: readonly string[]): string {
  try {
    // An offset such as +02:00 would be taken too, and names no zone.
    if (/^[A-Za-z]/.test(text)) return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    // Unknown: said below.
  }
  throw invalidInput('The time zone is no IANA name, e.g. Europe/Rome.', field);
}

/** @throws Refusal InputInvalid for what is no ISO 4217 code */
export function canonicalCurrency(text: string, field: readonly string[]): string {
  currencies ??= new Set(Intl.supportedValuesOf('currency'));
  const code = text.toUpperCase();
  if (currencies.has(code)) return code;
  throw invalidInput('The currency is no ISO 4217 code, e.g. EUR.', field);
}
