// AES-256-GCM with associated data, in one envelope format: `version | key id | nonce | ciphertext | tag`.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const VERSION = 1;
const NONCE = 12;
const TAG = 16;
const KEY_ID = 16;
const HEAD = 1 + KEY_ID + NONCE;

/** @param keyId 16 bytes that name the key; authenticated, not secret */
export function seal(key: Buffer, keyId: Buffer, plaintext: Buffer, aad: string): Buffer {
  const nonce = randomBytes(NONCE);
  const head = Buffer.concat([Buffer.of(VERSION), keyId, nonce]);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG });
  cipher.setAAD(Buffer.concat([head, Buffer.from(aad)]));
  return Buffer.concat([head, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** Whether it has the form of one. */
export const isEnvelope = (bytes: Buffer): boolean => bytes.length >= HEAD + TAG && bytes[0] === VERSION;

/** The key id an envelope names. @throws when it is not an envelope */
export function keyIdOf(envelope: Buffer): Buffer {
  if (!isEnvelope(envelope)) throw new Error('Not an encrypted value of a known version.');
  return envelope.subarray(1, 1 + KEY_ID);
}

/** @throws when the key, the associated data or any byte differs */
export function open(key: Buffer, envelope: Buffer, aad: string): Buffer {
  keyIdOf(envelope);
  const head = envelope.subarray(0, HEAD);
  const decipher = createDecipheriv('aes-256-gcm', key, head.subarray(1 + KEY_ID), { authTagLength: TAG });
  decipher.setAAD(Buffer.concat([head, Buffer.from(aad)]));
  decipher.setAuthTag(envelope.subarray(envelope.length - TAG));
  return Buffer.concat([decipher.update(envelope.subarray(HEAD, envelope.length - TAG)), decipher.final()]);
}
