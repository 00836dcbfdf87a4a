// Links to files of a tenant: signed, for a while, for one file, and with the name of who asked for them. Pure.
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface FileLink {
  /** UUID of the tenant, or of what stands for the platform. */
  tenant: string;
  /** UUID. */
  file: string;
  /** Who asked for the link. */
  kind: 'user' | 'api_key';
  /** UUID. */
  by: string;
  /** Seconds since 1970. */
  expires: number;
}

export interface ReadLink {
  link: FileLink;
  signedWith: (key: Buffer) => boolean;
}

const bytesOf = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex');
const uuidOf = (bytes: Buffer): string => bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

const MAC = 32;
const PAYLOAD = 3 * 16 + 1 + 6;

/** @param purpose a link that is signed for one opens nothing of another */
const macOf = (key: Buffer, purpose: string, payload: Buffer): Buffer => createHmac('sha256', key).update(`switchboard ${purpose} link\n`).update(payload).digest();

export function signedLink({ tenant, file, kind, by, expires }: FileLink, key: Buffer, purpose: string): string {
  const rest = Buffer.alloc(7);
  rest.writeUInt8(kind === 'user' ? 0 : 1);
  rest.writeUIntBE(expires, 1, 6);
  const payload = Buffer.concat([bytesOf(tenant), bytesOf(file), bytesOf(by), rest]);
  return Buffer.concat([payload, macOf(key, purpose, payload)]).toString('base64url');
}

/** What a token says of itself, and whether it was signed with a key. Null: it is none. */
export function readSignedLink(token: string, purpose: string): ReadLink | null {
  const bytes = Buffer.from(token, 'base64url');
  // One token has one spelling.
  if (bytes.length !== PAYLOAD + MAC || bytes.toString('base64url') !== token) return null;
  const payload = bytes.subarray(0, PAYLOAD);
  const link: FileLink = {
    tenant: uuidOf(payload.subarray(0, 16)), file: uuidOf(payload.subarray(16, 32)), by: uuidOf(payload.subarray(32, 48)),
    kind: payload[48] === 0 ? 'user' : 'api_key', expires: payload.readUIntBE(49, 6),
  };
  return { link, signedWith: (key) => timingSafeEqual(bytes.subarray(PAYLOAD), macOf(key, purpose, payload)) };
}
