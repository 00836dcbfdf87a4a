// Signed notes and checkpoints (c2sp.org/signed-note, c2sp.org/tlog-checkpoint), with Ed25519. Pure.
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type JsonWebKey, type KeyObject } from 'node:crypto';
import { sha256 } from './entry.js';

const ED25519 = Buffer.of(1);
const KEY_ID_BYTES = 4;
/** What keys endorse each other's successors under. */
export const KEYS_ORIGIN = 'switchboard/audit-keys';

export interface Checkpoint {
  origin: string;
  size: number;
  root: Buffer;
}

/** A new pair: the public half as its 32 bytes, the private one as a JWK. */
export function newKeyPair(): { publicKey: Buffer; privateJwk: JsonWebKey } {
  const { privateKey } = generateKeyPairSync('ed25519');
  const privateJwk = privateKey.export({ format: 'jwk' });
  return { publicKey: Buffer.from(privateJwk.x ?? '', 'base64url'), privateJwk };
}

export const privateKeyOf = (jwk: JsonWebKey): KeyObject => createPrivateKey({ key: jwk, format: 'jwk' });

const publicKeyOf = (bytes: Uint8Array): KeyObject =>
  createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(bytes).toString('base64url') }, format: 'jwk' });

/** The four bytes that say which key signed under this name. */
const keyIdOf = (name: string, publicKey: Uint8Array): Buffer =>
  sha256(Buffer.concat([Buffer.from(`${name}\n`), ED25519, publicKey])).subarray(0, KEY_ID_BYTES);

/** The key as a verifier is given it: name, key id, algorithm and key. */
export const verifierKey = (name: string, publicKey: Uint8Array): string =>
  `${name}+${keyIdOf(name, publicKey).toString('hex')}+${Buffer.concat([ED25519, publicKey]).toString('base64')}`;

/** @param text ends with a line feed and has no empty line */
export function signNote(text: string, name: string, key: { publicKey: Uint8Array; privateKey: KeyObject }): string {
  const signature = Buffer.concat([keyIdOf(name, key.publicKey), sign(null, Buffer.from(text), key.privateKey)]);
  return `${text}\n— ${name} ${signature.toString('base64')}\n`;
}

/** The text of a note that this key has signed under this name; null: it has not. */
export function openNote(note: string, name: string, publicKey: Uint8Array): string | null {
  const end = note.lastIndexOf('\n\n');
  if (end < 0) return null;
  const text = note.slice(0, end + 1);
  for (const line of note.slice(end + 2).split('\n')) {
    const prefix = `— ${name} `;
    if (!line.startsWith(prefix)) continue;
    const signature = Buffer.from(line.slice(prefix.length), 'base64');
    if (!signature.subarray(0, KEY_ID_BYTES).equals(keyIdOf(name, publicKey))) continue;
    if (verify(null, Buffer.from(text), publicKeyOf(publicKey), signature.subarray(KEY_ID_BYTES))) return text;
  }
  return null;
}

export const checkpointText = ({ origin, size, root }: Checkpoint): string => `${origin}\n${size}\n${root.toString('base64')}\n`;

/** @returns null for text that is no checkpoint */
export function readCheckpoint(text: string): Checkpoint | null {
  const [origin = '', size = '', root = ''] = text.split('\n');
  if (origin === '' || !/^(0|[1-9]\d{0,14})$/.test(size) || !/^[A-Za-z0-9+/]{43}=$/.test(root)) return null;
  return { origin, size: Number(size), root: Buffer.from(root, 'base64') };
}
