// The way to the archive of an export: a signed link, and the route that serves it and records who was served.
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
import { exportsOf, type TenantExportRow } from './tenant-export.service.js';

export const LINK_PATH = '/api/tenant-exports/';
/** How long a link works. */
export const LINK_SECONDS = 15 * 60;
/** Names the key of the tenant that signs its links, which goes with its other keys. */
export const LINK_PURPOSE = 'tenant export';

export class TenantExportDownload {
  readonly #keys: LinkKeys;

  constructor(private readonly deps: SubgraphDeps, private readonly storage: StoragePort) {
    this.#keys = new LinkKeys(deps.envelope, LINK_PURPOSE);
  }

  /** A path to the archive for whoever holds it, for a while; null unless it is there. */
  async link(context: OperationContext, { tenantId, id, state, expiresAt }: TenantExportRow): Promise<string | null> {
    const { sub: by } = context.actor;
    const now = this.deps.clock.now();
    if (state !== 'READY' || by === null || expiresAt === null || expiresAt <= now) return null;
    const key = await this.#keys.of(context, tenantId);
    return key && LINK_PATH + signedLink({ tenant: tenantId, file: id, kind: 'user', by, expires: Math.floor(now.getTime() / 1_000) + LINK_SECONDS }, key, LINK_PURPOSE);
  }

  /** Serves a link. Whatever is wrong with it looks the same, but for one that was right and is late. */
  async serve({ params, ip, headers, correlationId }: RouteRequest): Promise<RouteResponse> {
    const token = readSignedLink(params['token'] ?? '', LINK_PURPOSE);
    const row = token && await this.#find(token);
    if (!row) return said(404, 'There is nothing at this address.');
    const { link } = token;
    const now = this.deps.clock.now();
    if (now.getTime() >= link.expires * 1_000) return said(410, 'This link has expired: ask for a new one.');
    let file: Awaited<ReturnType<StoragePort['get']>>;
    try {
      file = row.fileKey === null || row.expiresAt === null || row.expiresAt <= now ? null : await this.storage.get(row.fileKey);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.deps.logger.error({ exportId: row.id, correlationId, err: error }, 'the archive of an export cannot be read');
      return said(503, 'The archive cannot be read now: try again later.');
    }
    if (!file) return said(410, 'The archive of this export has been deleted: ask for a new export.');
    const actor: Actor = { kind: 'user', sub: link.by, apiKey: null, tenant: link.tenant, session: null, permissions: [], epoch: 0, ip, userAgent: headers['user-agent'] ?? null };
    await runUnit(this.deps.unit, tenantScope(link.tenant), { actor, correlationId }, async (unit) => {
      unit.audit({ action: 'tenant.export_download', type: 'DATA_READ', outcome: 'SUCCESS', severity: 'WARNING', resource: { type: 'TenantExport', id: row.id } });
    }).catch((error: unknown) => {
      file.stream.destroy();
      throw error;
    });
    return downloadOf(file, { contentType: 'application/zip', filename: `tenant-${row.requestedAt.toISOString().slice(0, 10)}-${row.id.slice(-12)}.zip`, sha256: row.sha256 });
  }

  /** The export a token is good for. */
  #find({ link, signedWith }: ReadLink): Promise<TenantExportRow | null> {
    return this.deps.database.inScope(tenantScope(link.tenant), async (tx) => {
      const row = await exportsOf(tx, link.tenant).selectAll().where('id', '=', link.file).where('state', '=', 'READY').executeTakeFirst();
      if (!row) return null;
      const key = await this.#keys.find(tx, link.tenant);
      return key && signedWith(key) ? row : null;
    }, { readOnly: true });
  }
}
