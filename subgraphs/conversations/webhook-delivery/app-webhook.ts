// The one address that the installation's own app at Meta delivers to: proved by the app's secret, then each inbox gets what is its own.
import { sql } from 'kysely';
import type { Config } from '../../kernel/base/config.js';
import type { RouteRequest, RouteResponse } from '../../kernel/base/subgraph-port.js';
import type { Database } from '../../kernel/data/database.js';
import { platformScope } from '../../kernel/data/scope.js';
import { partsOf, type AddressedPart } from '../channel/meta.batch.js';
import { META_ACKNOWLEDGEMENT, META_SIGNATURE, decodeJson, metaChallenge, metaSigned } from '../channel/meta.webhook.js';
import type { WebhookDeliveryService } from './webhook-delivery.service.js';

export interface AppWebhookDeps {
  config: Pick<Config, 'metaApp' | 'metaVerifyToken'>;
  database: Database;
  webhooks: WebhookDeliveryService;
}

export class AppWebhook {
  constructor(private readonly deps: AppWebhookDeps) {}

  verify(request: RouteRequest): Promise<RouteResponse> {
    const challenge = metaChallenge(request.query, this.deps.config.metaVerifyToken ?? '');
    return challenge === null ? this.deps.webhooks.refuseApp('bad-verify-token', request)
      : Promise.resolve({ status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: challenge });
  }

  /** What is for an address that no inbox has is nobody's: Meta hears that it came, or it would deliver it for days. */
  async receive(request: RouteRequest): Promise<RouteResponse> {
    const { config: { metaApp }, webhooks } = this.deps;
    if (!metaApp) return webhooks.refuseApp('unknown-inbox', request);
    if (request.oversize) return webhooks.refuseApp('too-large', request);
    if (!metaSigned(request, metaApp.secret)) return webhooks.refuseApp(request.headers[META_SIGNATURE] ? 'bad-signature' : 'missing-signature', request);
    const decoded = decodeJson(request.body);
    if (decoded === undefined) return webhooks.refuseApp('malformed-json', request);
    for (const part of partsOf(decoded)) {
      const inbox = await this.#inbox(part);
      if (inbox) await webhooks.storePart(inbox, { ...request, body: part.body });
    }
    return { status: 200, headers: { 'content-type': META_ACKNOWLEDGEMENT.contentType }, body: META_ACKNOWLEDGEMENT.body };
  }

  async #inbox({ channel, externalId }: AddressedPart): Promise<{ tenantId: string; id: string } | null> {
    const { rows: [row] } = await this.deps.database.inScope(platformScope, (tx) =>
      sql<{ tenant_id: string; id: string }>`select tenant_id, id from conversations.inbox_by_address(${channel}, ${externalId})`.execute(tx.getKysely()), { readOnly: true });
    return row ? { tenantId: row.tenant_id, id: row.id } : null;
  }
}
