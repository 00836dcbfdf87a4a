// The route that serves a file to whoever holds a link: as what it is, and so that a browser runs nothing of it.
import type { RouteRequest, RouteResponse } from '../../kernel/base/subgraph-port.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import { StorageError, type StoragePort } from '../../kernel/storage/storage.js';
import { db } from '../tables.js';
import { dispositionOf } from './attachment.disposition.js';
import { readMediaLink, type AttachmentLinks } from './attachment.link.js';
import { isShown } from './attachment.types.js';

interface Served {
  id: string;
  storageKey: string;
  storedType: string;
  size: number;
  sha256: string;
  claimedName: string | null;
}

const text = (status: number, body: string): RouteResponse => ({ status, headers: { 'cache-control': 'no-store' }, body });

export class AttachmentDownload {
  constructor(private readonly deps: Pick<SubgraphDeps, 'database' | 'clock' | 'logger'>, private readonly storage: StoragePort, private readonly links: AttachmentLinks) {}

  /** Whatever is wrong with a link looks the same, but for one that was right and is late. */
  async serve({ params, headers, correlationId }: RouteRequest): Promise<RouteResponse> {
    const token = readMediaLink(params['token'] ?? '');
    const file = token && await this.#find(token);
    if (!file) return text(404, 'There is nothing at this address.');
    const left = token.link.expires - Math.floor(this.deps.clock.now().getTime() / 1_000);
    if (left <= 0) return text(410, 'This link has expired: ask for a new one.');
    const etag = `"${file.sha256}"`;
    const common = { etag, 'cache-control': `private, max-age=${left}`, 'accept-ranges': 'bytes', ...headersOf(file) };
    if (headers['if-none-match'] === etag) return { status: 304, headers: common };
    const range = rangeOf(headers, file.size, etag);
    if (range === 'none') return { status: 416, headers: { 'content-range': `bytes */${file.size}`, 'cache-control': 'no-store' }, body: 'There is no such part of the file.' };
    let body: Awaited<ReturnType<StoragePort['get']>>;
    try {
      body = await this.storage.get(file.storageKey, range ?? undefined);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.deps.logger.error({ attachmentId: file.id, correlationId, err: error }, 'a file cannot be read');
      return text(503, 'The file cannot be read now: try again later.');
    }
    if (!body) {
      this.deps.logger.error({ attachmentId: file.id, correlationId }, 'a file is gone before its message');
      return text(410, 'This file is there no longer.');
    }
    if (!range) return { status: 200, headers: common, body };
    return { status: 206, headers: { ...common, 'content-range': `bytes ${range.start}-${range.start + range.bytes - 1}/${file.size}` }, body };
  }

  /** The file a token is good for. */
  #find({ link, signedWith }: NonNullable<ReturnType<typeof readMediaLink>>): Promise<Served | null> {
    return this.deps.database.inScope(tenantScope(link.tenant), async (tx) => {
      const row = await db(tx).selectFrom('Attachment').select(['id', 'storageKey', 'storedType', 'size', 'sha256', 'claimedName']).where('tenantId', '=', link.tenant)
        .where('id', '=', link.file).where('state', '=', 'STORED').executeTakeFirst();
      const key = row && await this.links.keys.find(tx, link.tenant);
      if (!key || !signedWith(key)) return null;
      return { id: row.id, storageKey: row.storageKey ?? '', storedType: row.storedType ?? '', size: Number(row.size), sha256: row.sha256 ?? '', claimedName: row.claimedName };
    }, { readOnly: true });
  }
}

function headersOf({ id, storedType, claimedName }: Served): Record<string, string> {
  return {
    'content-type': storedType === 'text/plain' ? 'text/plain; charset=utf-8' : storedType,
    'content-disposition': dispositionOf({ id, type: storedType, name: claimedName, inline: isShown(storedType) }),
    'x-content-type-options': 'nosniff',
    // A reader of PDF inside a browser does not work in a sandbox; it runs nothing of the page's origin.
    'content-security-policy': storedType === 'application/pdf' ? "default-src 'none'" : "sandbox; default-src 'none'",
    // Pages of other origins show it; the link is what lets them.
    'cross-origin-resource-policy': 'cross-origin',
  };
}

/** The one range asked for; null: everything, also where it asks for several; `none`: there is no such part. */
function rangeOf(headers: RouteRequest['headers'], size: number, etag: string): { start: number; bytes: number } | 'none' | null {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(headers['range'] ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return null;
  if (headers['if-range'] !== undefined && headers['if-range'] !== etag) return null;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start > end || start >= size) return 'none';
  return { start, bytes: end - start + 1 };
}
