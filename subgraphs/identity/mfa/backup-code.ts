// Backup codes: 80 random bits each, written for people to type, kept as SHA-256.
import { createHash, randomBytes } from 'node:crypto';

export const BACKUP_CODES = 10;
const BYTES = 10;
/** Crockford's base32: nothing that reads like something else. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const FORM = /^[0-9a-hjkmnp-tv-z]{16}$/;

/** E.g. `7k2m-0q9x-vb4t-h1ce`. */
export function newBackupCode(): string {
  const bits = BigInt(`0x${randomBytes(BYTES).toString('hex')}`);
  const symbols = Array.from({ length: 16 }, (_, index) => ALPHABET[Number((bits >> BigInt(5 * index)) & 31n)]).join('');
  return (symbols.match(/.{4}/g) ?? []).join('-');
}

/** How a code of this account is kept; null for text that can be none. Case, dashes and spaces do not matter, nor o for 0 and i or l for 1. */
export function backupCodeHash(userId: string, text: string): string | null {
  const code = text.toLowerCase().replace(/[\s-]/g, '').replaceAll('o', '0').replace(/[il]/g, '1');
  return FORM.test(code) ? createHash('sha256').update(`${userId}:${code}`).digest('hex') : null;
}
