// What objects of a backup are made of: zstd, in frames of AES-256-GCM. A frame opens only in its own backup, under its own path, at its own place, and the last one says that it is the last.
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import { giveBack } from './memory.js';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** `magic | key id | salt`, then frames of `length | ciphertext | tag`. */
const MAGIC = Buffer.from('SWB1');
const ID = 16;
const SALT = 32;
const HEAD = MAGIC.length + ID + SALT;
const TAG = 16;
export const FRAME_BYTES = 1024 * 1024;
/** Compressing more costs more time than it saves space. */
const LEVEL = 1;
/** What is packed and unpacked at a time: less would cost a turn of the event loop for every few kilobytes. */
const chunkOf = (bytes: number): number => Math.min(1024 * 1024, Math.max(1024, bytes));

export interface ObjectKey {
  /** A UUID; not secret. */
  id: string;
  key: Buffer;
}

/** Where an object belongs: authenticated, so that one that was moved does not open. */
export interface ObjectPlace {
  /** The backup, or the log. */
  scope: string;
  path: string;
}

/** What a damaged object is that is not there. */
export const MISSING = 'it is missing';

/** An object is not what was written. The message names it. */
export class DamagedObject extends Error {
  constructor(readonly path: string, readonly what: string) {
    super(`The object ${path} is damaged: ${what}.`);
  }
}

const idBytes = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex');

/** Of each object another one. The salt is of the content: a frame's key and number come again only with the same bytes, which an upload that is taken up again needs. */
const keyOf = (key: Buffer, salt: Buffer): Buffer => Buffer.from(hkdfSync('sha256', key, salt, 'switchboard backup object', 32));
const saltOf = (key: Buffer, { scope, path }: ObjectPlace, content: Buffer): Buffer =>
  createHmac('sha256', key).update(JSON.stringify([scope, path])).update(content).digest();

function frameNonce(number: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(number, 7);
  nonce[11] = last ? 1 : 0;
  return nonce;
}

const frameAad = (head: Buffer, { scope, path }: ObjectPlace, number: number): Buffer => Buffer.concat([head, Buffer.from(JSON.stringify([scope, path, number]))]);

export async function sealObject({ id, key }: ObjectKey, place: ObjectPlace, content: Buffer): Promise<Buffer[]> {
  const packed = await compress(content, { chunkSize: chunkOf(content.length), params: { [constants.ZSTD_c_compressionLevel]: LEVEL } });
  const salt = saltOf(key, place, content);
  const objectKey = keyOf(key, salt);
  const head = Buffer.concat([MAGIC, idBytes(id), salt]);
  const parts: Buffer[] = [head];
  const frames = Math.max(1, Math.ceil(packed.length / FRAME_BYTES));
  for (let number = 0; number < frames; number += 1) {
    const plain = packed.subarray(number * FRAME_BYTES, (number + 1) * FRAME_BYTES);
    const cipher = createCipheriv('aes-256-gcm', objectKey, frameNonce(number, number === frames - 1), { authTagLength: TAG });
    cipher.setAAD(frameAad(head, place, number));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(plain.length);
    parts.push(length, cipher.update(plain), cipher.final(), cipher.getAuthTag());
  }
  giveBack(packed);
  return parts;
}

/** The id of the key that an object names. */
export function objectKeyId(path: string, bytes: Buffer): string {
  if (bytes.length < HEAD + 4 + TAG || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw new DamagedObject(path, 'it does not begin as one');
  const hex = bytes.subarray(MAGIC.length, MAGIC.length + ID).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** @param most bytes of content that it may hold @throws DamagedObject */
export async function openObject(key: Buffer, place: ObjectPlace, bytes: Buffer, most: number): Promise<Buffer> {
  objectKeyId(place.path, bytes);
  const head = bytes.subarray(0, HEAD);
  const salt = head.subarray(MAGIC.length + ID);
  const objectKey = keyOf(key, salt);
  const plain: Buffer[] = [];
  for (let [at, number] = [HEAD, 0]; at < bytes.length; number += 1) {
    const length = at + 4 <= bytes.length ? bytes.readUInt32BE(at) : FRAME_BYTES + 1;
    const end = at + 4 + length + TAG;
    if (length > FRAME_BYTES || end > bytes.length) throw new DamagedObject(place.path, `it ends within frame ${number}`);
    const decipher = createDecipheriv('aes-256-gcm', objectKey, frameNonce(number, end === bytes.length), { authTagLength: TAG });
    decipher.setAAD(frameAad(head, place, number));
    decipher.setAuthTag(bytes.subarray(end - TAG, end));
    plain.push(decipher.update(bytes.subarray(at + 4, end - TAG)));
    try {
      decipher.final();
    } catch {
      throw new DamagedObject(place.path, `frame ${number} is not what was written here, or the key is another one`);
    }
    at = end;
  }
  const packed = Buffer.concat(plain);
  giveBack(...plain);
  const content = await decompress(packed, { chunkSize: chunkOf(most), maxOutputLength: Math.max(most, 1) }).catch(() => {
    throw new DamagedObject(place.path, 'what it holds cannot be unpacked');
  });
  giveBack(packed);
  if (!timingSafeEqual(saltOf(key, place, content), salt)) throw new DamagedObject(place.path, 'it holds something else than it says');
  return content;
}
