// Download links of exports: good for a quarter of an hour, signed with the secret of the export.
import { readSignedLink, signedLink } from '../../kernel/crypto/signed-link.js';

/** How long a link works, seconds. */
export const LINK_SECONDS = 15 * 60;
export const LINK_PATH = '/api/audit-exports/';
const PURPOSE = 'audit export';

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

/** @param secret in hexadecimal */
export const linkToken = ({ stream, exportId, ...rest }: ExportLink, secret: string): string =>
  signedLink({ tenant: stream, file: exportId, ...rest }, Buffer.from(secret, 'hex'), PURPOSE);

/** What a token says of itself, and whether it was signed with a secret. Null: it is none. */
export function readToken(token: string): { link: ExportLink; signedWith: (secret: string) => boolean } | null {
  const read = readSignedLink(token, PURPOSE);
  if (!read) return null;
  const { tenant, file, ...rest } = read.link;
  return { link: { stream: tenant, exportId: file, ...rest }, signedWith: (secret) => read.signedWith(Buffer.from(secret, 'hex')) };
}
