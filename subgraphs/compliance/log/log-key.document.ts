// The public halves of the keys that sign the audit log, each with the endorsement of the one before: `/.well-known/switchboard-audit-keys`.
import type { RouteResponse } from '../../kernel/base/subgraph-port.js';
import { encodeId } from '../../kernel/base/ids.js';
import type { LogKeyService } from './log-key.service.js';

/** How long others may keep the document, seconds. */
const MAX_AGE = 60;

export async function keysDocument(keys: LogKeyService): Promise<RouteResponse> {
  const id = (uuid: string | null): string | null => (uuid === null ? null : encodeId('akey', uuid));
  const listed = (await keys.list()).map((key) => ({
    id: id(key.id), algorithm: 'Ed25519', publicKey: key.publicKey.toString('base64'), createdAt: key.createdAt.toISOString(),
    endorsedBy: id(key.endorsedBy), endorsement: key.endorsement,
  }));
  return {
    status: 200, headers: { 'content-type': 'application/json', 'cache-control': `public, max-age=${MAX_AGE}` }, body: JSON.stringify({ keys: listed }),
  };
}
