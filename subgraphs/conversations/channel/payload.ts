// Reading what providers send: JSON of which nothing is certain. What cannot be read is named and does not cost the rest.
import type { InboundItem } from './inbound.items.js';

export type Json = Record<string, unknown>;

const MAX_DEPTH = 100;
const SHOWN_FLAWS = 5;

/**
 * A signed body that is not what the provider documents. `items` holds what could be read all the same, so that one bad
 * item does not cost the others of its batch: store them, and record the failure.
 */
export class MalformedPayload extends Error {
  override readonly name = 'MalformedPayload';

  constructor(message: string, readonly items: InboundItem[] = []) {
    super(message);
  }
}

/** An element of a payload: the items it tells, `null` for nothing of interest, or what is wrong with it. */
export type Read = InboundItem | InboundItem[] | string | null;

/** Collects items and flaws while a payload is walked. */
export class PayloadReader {
  readonly items: InboundItem[] = [];
  readonly #flaws: string[] = [];

  flaw(path: string, what: string): void {
    this.#flaws.push(`${path} ${what}`);
  }

  /** Visits the objects of a list. Absent lists are empty unless `required`. */
  each(list: unknown, path: string, visit: (element: Json, path: string) => void, required = false): void {
    if (list === undefined && !required) return;
    if (!Array.isArray(list)) {
      this.flaw(path, 'must be an array');
      return;
    }
    list.forEach((element: unknown, index) => {
      const at = `${path}[${index}]`;
      if (isRecord(element)) visit(element, at);
      else this.flaw(at, 'must be an object');
    });
  }

  take(read: Read, path: string): void {
    if (typeof read === 'string') this.flaw(path, read);
    else if (read !== null) this.items.push(...(Array.isArray(read) ? read : [read]));
  }

  /** @throws MalformedPayload with the items, when anything could not be read */
  end(provider: string): InboundItem[] {
    const { length } = this.#flaws;
    if (length === 0) return this.items;
    const shown = this.#flaws.slice(0, SHOWN_FLAWS).join('; ') + (length > SHOWN_FLAWS ? `; and ${length - SHOWN_FLAWS} more` : '');
    throw new MalformedPayload(`Parts of a ${provider} delivery cannot be read: ${shown}.`, this.items);
  }
}

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** PostgreSQL stores neither NUL nor half a surrogate pair, in text or in jsonb: both become U+FFFD. */
export function clean(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\uFFFD');
}

/** A non-empty text; an id of a provider, or words. */
export function identifier(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? clean(value) : null;
}

/** A text that says something, without space around it. */
export function words(value: unknown): string | null {
  const trimmed = typeof value === 'string' ? clean(value).trim() : '';
  return trimmed === '' ? null : trimmed;
}

/** The same value with every key and string clean, or undefined when it is nested too deeply to be stored. */
export function storable(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return clean(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return undefined;
  const pairs = Object.entries(value).map(([key, inner]) => [clean(key), storable(inner, depth + 1)] as const);
  if (pairs.some(([, inner]) => inner === undefined)) return undefined;
  return Array.isArray(value) ? pairs.map(([, inner]) => inner) : Object.fromEntries(pairs);
}
export const TOO_DEEP = `is nested deeper than ${MAX_DEPTH} levels`;

/** Seconds since 1970 as digits. Twelve digits or more would be milliseconds, read wrongly. */
export function secondsInstant(seconds: unknown): Date | null {
  const digits = typeof seconds === 'number' ? String(seconds) : seconds;
  return typeof digits === 'string' && /^\d{1,11}$/.test(digits) ? new Date(Number(digits) * 1000) : null;
}

/** Milliseconds since 1970. Fewer than twelve digits would be seconds, read wrongly; 1973 is the earliest that can be told apart. */
export function millisecondsInstant(milliseconds: unknown): Date | null {
  const digits = typeof milliseconds === 'number' ? String(milliseconds) : milliseconds;
  return typeof digits === 'string' && /^\d{12,13}$/.test(digits) ? new Date(Number(digits)) : null;
}

/** `+` and digits, or null for what is no phone number. */
export function phoneOf(digits: string | null): string | null {
  const bare = digits?.replace(/^\+/, '') ?? '';
  return /^\d{5,15}$/.test(bare) ? `+${bare}` : null;
}

/** SHA-256 given in base64, as lower-case hexadecimal; null for anything else. */
export function sha256Of(base64: unknown): string | null {
  if (typeof base64 !== 'string') return null;
  const bytes = Buffer.from(base64, 'base64');
  return bytes.length === 32 ? bytes.toString('hex') : null;
}

/** An amount in major units as minor units of its currency; null when one of them is none. */
export function minorUnits(amount: unknown, currency: string | null): number | null {
  const number = typeof amount === 'string' ? Number(amount) : amount;
  const exponent = currency === null ? null : currencyExponent(currency);
  if (typeof number !== 'number' || !Number.isFinite(number) || exponent === null) return null;
  const minor = Math.round(number * 10 ** exponent);
  return Number.isSafeInteger(minor) ? minor : null;
}

/** How many digits the minor unit of a currency has; null for what is not written like one of ISO 4217. */
export function currencyExponent(currency: string): number | null {
  if (!/^[A-Z]{3}$/.test(currency)) return null;
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}
