// A master key made of a passphrase: PBKDF2 with HMAC-SHA-256, as many rounds as OWASP asks for, and a salt that is kept beside it.
import { pbkdf2Sync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ConfigError } from '../base/config.js';
import { environmentMasterKey, type MasterKeyPort } from './master-key.js';

/** OWASP Password Storage Cheat Sheet, PBKDF2-HMAC-SHA256. It is part of the key: another number is another key. */
export const ROUNDS = 600_000;
const KEY_BYTES = 32;
const LEAST_SALT = 16;
const LEAST_CHARACTERS = 20;

export const derived = (passphrase: string, salt: Buffer, rounds = ROUNDS, bytes = KEY_BYTES): Buffer =>
  // The same key whatever way an accent was typed (RFC 8265 asks for NFC).
  pbkdf2Sync(Buffer.from(passphrase.normalize('NFC'), 'utf8'), salt, rounds, bytes, 'sha256');

/** @param variable that names the master key, without a suffix @throws ConfigError without a word of the passphrase */
export function passphraseMasterKey(passphrase: string, salt: string | undefined, variable: string): MasterKeyPort {
  const text = passphrase.replace(/\r?\n$/, '');
  if ([...text].length < LEAST_CHARACTERS) throw new ConfigError(`Configuration: ${variable}_PASSPHRASE has ${LEAST_CHARACTERS} characters at least: whoever copies the data can guess at it for as long as they like.`);
  const bytes = Buffer.from(salt ?? '', 'base64');
  if (salt === undefined || !/^[\w+/-]*=*$/.test(salt.trim()) || bytes.length < LEAST_SALT) {
    throw new ConfigError(`Configuration: ${variable}_SALT is required with a passphrase: ${LEAST_SALT} random bytes or more in base64, the same at each start.`);
  }
  return environmentMasterKey(derived(text, bytes).toString('base64'), `${variable}_PASSPHRASE`);
}

/** @throws ConfigError */
export function passphraseIn(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`Configuration: the passphrase file ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`);
  }
}
