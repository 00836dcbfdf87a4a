// How a stored file is answered with, and what is said where there is none: never kept by what lies between.
import type { RouteResponse } from '../../base/subgraph-port.js';

/** In plain words, for a person who followed a link. */
export const said = (status: number, body: string): RouteResponse => ({ status, headers: { 'cache-control': 'no-store' }, body });

/** @param sha256 of the whole file, hexadecimal: told as RFC 9530 has it */
export const downloadOf = (
  body: NonNullable<RouteResponse['body']>, { contentType, filename, sha256 }: { contentType: string; filename: string; sha256: string | null },
): RouteResponse => ({
  status: 200,
  headers: {
    'content-type': contentType, 'content-disposition': `attachment; filename="${filename}"`,
    'x-content-type-options': 'nosniff', 'cache-control': 'no-store', 'repr-digest': `sha-256=:${Buffer.from(sha256 ?? '', 'hex').toString('base64')}:`,
  },
  body,
});
