// The way to the file of an export: a signed link, and the route that serves it and records who was served.
import type { Actor } from '../../kernel/base/actor.js';
import type { RouteRequest, RouteResponse } from '../../kernel/base/subgraph-port.js';
import { TenantKeyGone, type FieldAddress } from '../../kernel/crypto/envelope.js';
import type { Tx } from '../../kernel/data/database.js';
import { tenantScope } from '../../kernel/data/scope.js';
import type { SubgraphDeps } from '../../kernel/graphql/boot.js';
import type { OperationContext } from '../../kernel/graphql/context.js';
import { downloadOf, said } from '../../kernel/graphql/http/download.js';
import { runUnit } from '../../kernel/messaging/unit-of-work.js';
import { StorageError, type StoragePort } from '../../kernel/storage/storage.js';
import { enterStream } from '../log/log.scope.js';
import { tenantOf } from '../log/stream.js';
import { db } from '../tables.js';
import { FORMATS } from './export.format.js';
import { LINK_PATH, LINK_SECONDS, linkToken, readToken, type ExportLink } from './export.link.js';
import type { ExportRow } from './export.service.js';

/** Where the secret of an export's links is kept. */
export const secretAddress = (stream: string, id: string): FieldAddress => ({ tenantId: stream, table: 'audit_export', column: 'url_secret', row: id });

export class ExportDownload {
  constructor(private readonly deps: SubgraphDeps, private readonly storage: StoragePort) {}

  /** A path to the file for whoever holds it, for a while; null unless it is there. */
  async link(ctx: OperationContext, row: ExportRow): Promise<string | null> {
    const { actor } = ctx;
    const by = actor.sub ?? actor.apiKey;
    if (row.state !== 'READY' || by === null || this.#isOver(row)) return null;
    const tx = await ctx.read();
    await enterStream(tx, row.tenantId);
    const now = Math.floor(this.deps.clock.now().getTime() / 1_000);
    const link: ExportLink = { stream: row.tenantId, exportId: row.id, kind: actor.sub === null ? 'api_key' : 'user', by, expires: now + LINK_SECONDS };
    const secret = await this.#secret(tx, row);
    return secret === null ? null : LINK_PATH + linkToken(link, secret);
  }

  /** Serves a link. Whatever is wrong with it looks the same, but for one that was right and is late. */
  async serve({ params, ip, headers, correlationId }: RouteRequest): Promise<RouteResponse> {
    const token = readToken(params['token'] ?? '');
    const row = token && await this.#find(token);
    if (!row) return said(404, 'There is nothing at this address.');
    const { link } = token;
    if (this.deps.clock.now().getTime() >= link.expires * 1_000) return said(410, 'This link has expired: ask for a new one.');
    let file: Awaited<ReturnType<StoragePort['get']>>;
    try {
      file = row.fileKey === null || this.#isOver(row) ? null : await this.storage.get(row.fileKey);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.deps.logger.error({ exportId: row.id, correlationId, err: error }, 'the file of an export cannot be read');
      return said(503, 'The file cannot be read now: try again later.');
    }
    if (!file) {
      if (!this.#isOver(row)) this.deps.logger.error({ exportId: row.id, correlationId }, 'the file of an export is gone before its time');
      return said(410, 'The file of this export has been deleted: ask for a new export.');
    }
    const tenant = tenantOf(link.stream);
    const [sub, apiKey] = link.kind === 'user' ? [link.by, null] : [null, link.by];
    const actor: Actor = { kind: link.kind, sub, apiKey, tenant, session: null, permissions: [], epoch: 0, ip, userAgent: headers['user-agent'] ?? null };
    await runUnit(this.deps.unit, { tenant, user: null }, { actor, correlationId }, async (unit) => {
      unit.audit({ action: 'audit.export_download', type: 'DATA_READ', outcome: 'SUCCESS', resource: { type: 'AuditExport', id: row.id } });
    }).catch((error: unknown) => {
      file.stream.destroy();
      throw error;
    });
    const { contentType, extension } = FORMATS[row.format];
    return downloadOf(file, { contentType, filename: `audit-${row.requestedAt.toISOString().slice(0, 10)}-${row.id.slice(-12)}.${extension}`, sha256: row.sha256 });
  }

  /** Its days are over, whether or not its file has gone already. */
  #isOver({ expiresAt }: ExportRow): boolean {
    return expiresAt === null || expiresAt <= this.deps.clock.now();
  }

  /** The export a token is good for. */
  #find({ link: { stream, exportId }, signedWith }: NonNullable<ReturnType<typeof readToken>>): Promise<ExportRow | null> {
    return this.deps.database.inScope(tenantScope(stream), async (tx) => {
      const row = await db(tx).selectFrom('AuditExport').selectAll().where('tenantId', '=', stream).where('id', '=', exportId).where('state', '=', 'READY').executeTakeFirst();
      const secret = row ? await this.#secret(tx, row) : null;
      return row && secret !== null && signedWith(secret) ? row : null;
    }, { readOnly: true });
  }

  /** Null: its key is gone, because the tenant is being erased. */
  async #secret(tx: Tx, { tenantId, id, urlSecret }: ExportRow): Promise<string | null> {
    if (urlSecret === null) throw new Error('An export that is ready has a secret.');
    try {
      return await this.deps.envelope.open(tx, secretAddress(tenantId, id), Buffer.from(urlSecret));
    } catch (error) {
      if (error instanceof TenantKeyGone) return null;
      throw error;
    }
  }
}
