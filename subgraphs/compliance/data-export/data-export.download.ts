// The way to the file of an export: a link made for whoever asked for it, and the route that serves it and records them.
import type { Actor } from '../../kernel/base/actor.js';
import type { RouteRequest, RouteResponse } from '../../kernel/base/subgraph-port.js';
import { readSignedLink, signedLink, type ReadLink } from '../../kernel/crypto/signed-link.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { downloadOf, said } from '../../kernel/graphql/http/download.js';
import { LinkKeys } from '../../kernel/graphql/link-keys.js';
import { runUnit } from '../../kernel/messaging/unit-of-work.js';
import { StorageError, type StoragePort } from '../../kernel/storage/storage.js';
import { DATA_FORMATS } from './data-export.format.js';
import { dataExportsOf, requesterOf, type DataExportRow } from './data-export.service.js';

export const LINK_PATH = '/api/exports/';
/** Names the key of the tenant that signs its links, which goes with its other keys. */
export const LINK_PURPOSE = 'export';

export class DataExportDownload {
  readonly #keys: LinkKeys;

  constructor(private readonly deps: SubgraphDeps, private readonly storage: StoragePort) {
    this.#keys = new LinkKeys(deps.envelope, LINK_PURPOSE);
  }

  /** A path to the file, for whoever asked for it and as long as it is kept; null for everybody else. */
  async link(context: OperationContext, row: DataExportRow): Promise<string | null> {
    const { tenantId, id, state, expiresAt, requesterKind, requesterId } = row;
    const own = requesterOf(context.actor);
    if (state !== 'READY' || expiresAt === null || expiresAt <= this.deps.clock.now() || own.kind !== requesterKind || own.id !== requesterId) return null;
    const key = await this.#keys.of(context, tenantId);
    return key && LINK_PATH + signedLink({ tenant: tenantId, file: id, kind: requesterKind, by: requesterId, expires: Math.floor(expiresAt.getTime() / 1_000) }, key, LINK_PURPOSE);
  }

  /** Serves a link. Whatever is wrong with it looks the same, but for one that was right and is late. */
  async serve({ params, ip, headers, correlationId }: RouteRequest): Promise<RouteResponse> {
    const token = readSignedLink(params['token'] ?? '', LINK_PURPOSE);
    const row = token && await this.#find(token);
    if (!row) return said(404, 'There is nothing at this address.');
    const { link } = token;
    const now = this.deps.clock.now();
    const over = row.state !== 'READY' || row.fileKey === null || row.expiresAt === null || row.expiresAt <= now || now.getTime() >= link.expires * 1_000;
    let file: Awaited<ReturnType<StoragePort['get']>>;
    try {
      file = over ? null : await this.storage.get(row.fileKey ?? '');
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.deps.logger.error({ exportId: row.id, correlationId, err: error }, 'the file of an export cannot be read');
      return said(503, 'The file cannot be read now: try again later.');
    }
    if (!file) {
      if (!over) this.deps.logger.error({ exportId: row.id, correlationId }, 'the file of an export is gone before its time');
      return said(410, 'The file of this export has been deleted: ask for a new export.');
    }
    const [sub, apiKey] = link.kind === 'user' ? [link.by, null] : [null, link.by];
    const actor: Actor = { kind: link.kind, sub, apiKey, tenant: link.tenant, session: null, permissions: [], epoch: 0, ip, userAgent: headers['user-agent'] ?? null };
    await runUnit(this.deps.unit, tenantScope(link.tenant), { actor, correlationId }, async (unit) => {
      unit.audit({ action: 'export.download', type: 'DATA_READ', outcome: 'SUCCESS', resource: { type: 'Export', id: row.id } });
    }).catch((error: unknown) => {
      file.stream.destroy();
      throw error;
    });
    const { contentType, extension } = DATA_FORMATS[row.format];
    return downloadOf(file, { contentType, filename: `${nameOf(row.title)}-${row.requestedAt.toISOString().slice(0, 10)}-${row.id.slice(-12)}.${extension}`, sha256: row.sha256 });
  }

  /** The export a token is good for: that of whom it names. */
  #find({ link, signedWith }: ReadLink): Promise<DataExportRow | null> {
    return this.deps.database.inScope(tenantScope(link.tenant), async (tx) => {
      const row = await dataExportsOf(tx, link.tenant).selectAll().where('id', '=', link.file).where('requesterKind', '=', link.kind).where('requesterId', '=', link.by)
        .where('state', 'in', ['READY', 'EXPIRED']).executeTakeFirst();
      if (!row) return null;
      const key = await this.#keys.find(tx, link.tenant);
      return key && signedWith(key) ? row : null;
    }, { readOnly: true });
  }
}

/** Letters and digits that every system takes in the name of a file. */
const nameOf = (title: string): string => title.normalize('NFKD').replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '').slice(0, 60).toLowerCase() || 'export';
