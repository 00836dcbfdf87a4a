// What clients give, held to what is kept: names, texts, amounts, currencies. Every fault is a typed error with its path.
import { invalidInput } from '../kernel/base/errors.js';

/** The largest amount: what every client can hold exactly. */
export const MOST_MINOR = 9_007_199_254_740_991n;

const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));
type Path = readonly string[];

/** One line, without spaces around it. @throws Refusal InputInvalid */
export function lineOf(text: string, field: Path, most: number): string {
  const line = text.trim().normalize('NFC');
  if (line === '' || [...line].length > most || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(line) || !line.isWellFormed()) {
    throw invalidInput(`Give 1 to ${most} characters on one line.`, field);
  }
  return line;
}

/** By which names are compared and sorted. */
export const foldedOf = (name: string): string => name.toLowerCase();

/** Null when there is nothing in it. @throws Refusal InputInvalid */
export function textOf(text: string | null | undefined, field: Path, most: number): string | null {
  const given = (text ?? '').trim().normalize('NFC');
  if (given === '') return null;
  if ([...given].length > most || given.includes('\0') || !given.isWellFormed()) throw invalidInput(`Give at most ${most} characters.`, field);
  return given;
}

/** @throws Refusal InputInvalid */
export function linesOf(texts: readonly string[], field: Path, { most, length }: { most: number; length: number }): string[] {
  if (texts.length > most) throw invalidInput(`Give at most ${most} of them.`, field);
  return [...new Set(texts.map((text) => lineOf(text, field, length)))];
}

/** @throws Refusal InputInvalid */
export function webAddressOf(text: string | null | undefined, field: Path): string | null {
  const given = (text ?? '').trim();
  if (given === '') return null;
  if (given.length > 2_000 || !URL.canParse(given) || new URL(given).protocol !== 'https:') throw invalidInput('Give an https URL of at most 2,000 characters.', field);
  return new URL(given).href;
}

/** @throws Refusal InputInvalid unless it is the code of a currency */
export function currencyOf(code: string, field: Path): string {
  if (!CURRENCIES.has(code)) throw invalidInput('A currency is named by its ISO 4217 code, e.g. EUR.', field);
  return code;
}

/** @throws Refusal InputInvalid */
export function amountOf(minor: bigint, field: Path, least = 0n): bigint {
  if (minor < least || minor > MOST_MINOR) throw invalidInput(`An amount is a whole number of minor units from ${least} to ${MOST_MINOR}.`, field);
  return minor;
}

/** @throws Refusal InputInvalid */
export function wholeOf(given: number, field: Path, least: number, most: number): number {
  if (!Number.isInteger(given) || given < least || given > most) throw invalidInput(`Give a whole number from ${least} to ${most}.`, field);
  return given;
}

/** @throws Refusal InputInvalid when one currency is named twice */
export function eachCurrencyOnce<Amount extends { currency: string }>(amounts: readonly Amount[], field: Path): readonly Amount[] {
  if (new Set(amounts.map(({ currency }) => currency)).size < amounts.length) throw invalidInput('Give one amount for each currency.', field);
  if (amounts.length > 20) throw invalidInput('Give amounts in at most 20 currencies.', field);
  return amounts;
}

/** @throws Refusal InputInvalid */
export function keyOf(idempotencyKey: string): string {
  if (!/^[\x21-\x7e]{1,200}$/.test(idempotencyKey)) throw invalidInput('The idempotency key is 1 to 200 printable ASCII characters without spaces.', ['input', 'idempotencyKey']);
  return idempotencyKey;
}
