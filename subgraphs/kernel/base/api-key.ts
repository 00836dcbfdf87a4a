// The form of API keys: `sb_live_` or `sb_test_`, 24 random characters (143 bits), and a checksum that finds typing errors.
import { createHash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM = 24;
const CHECK = 6;
const FORM = /^(sb_(?:live|test)_[0-9A-Za-z]{24})([0-9A-Za-z]{6})$/;

export type ApiKeyEnvironment = 'live' | 'test';

/** CRC32 in base62, always six characters. */
function checksumOf(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let place = 0; place < CHECK; place += 1) {
    digits = `${ALPHABET[rest % 62] ?? ''}${digits}`;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

export function newApiKey(environment: ApiKeyEnvironment): string {
  const random = Array.from({ length: RANDOM }, () => ALPHABET[randomInt(62)] ?? '').join('');
  const text = `sb_${environment}_${random}`;
  return `${text}${checksumOf(text)}`;
}

/** Whether a credential is meant as an API key, whatever is wrong with it. */
export const looksLikeApiKey = (text: string): boolean => text.startsWith('sb_');

/** Whether text has the form of a key and its checksum fits: anything else was mistyped, and nobody needs to be asked. */
export function isApiKey(text: string): boolean {
  const [, body = '', check] = FORM.exec(text) ?? [];
  return check !== undefined && checksumOf(body) === check;
}

/** Look-up form of a key: it has 143 random bits, so a fast hash is enough. */
export const apiKeyHash = (key: string): string => createHash('sha256').update(key).digest('hex');

/** What may be shown of a key later, to tell it from others. */
export const apiKeyHint = (key: string): string => key.slice(0, 12);
