// Download links: signed, for a quarter of an hour, for one export of one tenant, and with the name of who asked for them. Pure.
import { createHmac, timingSafeEqual } from 'node:crypto';

/** How long a link works, seconds. */
export const LINK_SECONDS = 15 * 60;
export const LINK_PATH = '/api/audit-exports/';

export interface ExportLink {
  stream: string;
  exportId: string;
  /** Who asked for the link. */
  kind: 'user' | 'api_key';
  /** UUID. */
  by: string;
  /** Seconds since 1970. */
  expires: number;
}

const bytesOf = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex');
const uuidOf = (bytes: Buffer): string => bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

const MAC = 32;
const PAYLOAD = 3 * 16 + 1 + 6;

const macOf = (secret: string, payload: Buffer): Buffer => createHmac('sha256', Buffer.from(secret, 'hex')).update('switchboard audit export link\n').update(payload).digest();

export function linkToken({ stream, exportId, kind, by, expires }: ExportLink, secret: string): string {
  const rest = Buffer.alloc(7);
  rest.writeUInt8(kind === 'user' ? 0 : 1);
  rest.writeUIntBE(expires, 1, 6);
  const payload = Buffer.concat([bytesOf(stream), bytesOf(exportId), bytesOf(by), rest]);
  return Buffer.concat([payload, macOf(secret, payload)]).toString('base64url');
}

/** What a token says of itself, and whether it was signed with a secret. Null: it is none. */
export function readToken(token: string): { link: ExportLink; signedWith: (secret: string) => boolean } | null {
  const bytes = Buffer.from(token, 'base64url');
  // One token has one spelling.
  if (bytes.length !== PAYLOAD + MAC || bytes.toString('base64url') !== token) return null;
  const payload = bytes.subarray(0, PAYLOAD);
  const link: ExportLink = {
    stream: uuidOf(payload.subarray(0, 16)), exportId: uuidOf(payload.subarray(16, 32)), by: uuidOf(payload.subarray(32, 48)),
    kind: payload[48] === 0 ? 'user' : 'api_key', expires: payload.readUIntBE(49, 6),
  };
  return { link, signedWith: (secret) => timingSafeEqual(bytes.subarray(PAYLOAD), macOf(secret, payload)) };
}
