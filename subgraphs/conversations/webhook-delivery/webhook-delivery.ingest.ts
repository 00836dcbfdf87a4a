// The ingest job: reads a stored delivery item by item. Stopped anywhere and repeated, it ends in the same rows.
import { systemActor } from '../../kernel/base/actor.js';
import type { CrashPoint } from '../../kernel/base/crash-points.js';
import type { Database } from '../../kernel/data/database.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { MalformedPayload, type InboundItem } from '../channel/channel.port.js';
import type { ConversationsCrashPoint } from '../conversations.crash.js';
import type { InboxService, OpenInbox } from '../inbox/inbox.service.js';
import { applyStatus } from '../message/message.delivery.js';
import { ingestMessage } from '../message/message.ingest.js';
import { db } from '../tables.js';

export interface IngestDeps {
  database: Database;
  unit: UnitOfWorkDeps;
  inboxes: InboxService;
  crash: CrashPoint<ConversationsCrashPoint>;
}

interface WaitingDelivery {
  body: Buffer;
  correlationId: string;
  inbox: OpenInbox;
}

export class WebhookIngestService {
  constructor(private readonly deps: IngestDeps) {}

  /** @returns how many items were new; 0 when the delivery is not waiting (any more) */
  async ingest(tenantId: string, deliveryId: string): Promise<number> {
    const waiting = await this.#waiting(tenantId, deliveryId);
    if (!waiting) return 0;
    const { items, fault } = read(waiting);
    let stored = 0;
    for (const item of items) {
      if (await this.#apply(tenantId, waiting, item)) stored += 1;
      this.deps.crash('ingest:item');
    }
    await this.#finish(tenantId, deliveryId, waiting.correlationId, fault);
    this.deps.crash('ingest:finished');
    return stored;
  }

  async #waiting(tenantId: string, deliveryId: string): Promise<WaitingDelivery | null> {
    return this.deps.database.inScope(tenantScope(tenantId), async (tx) => {
      const row = await db(tx).selectFrom('WebhookDelivery').select(['body', 'inboxId', 'correlationId', 'status']).where('id', '=', deliveryId).executeTakeFirst();
      if (!row || row.status !== 'RECEIVED') return null;
      const inbox = await this.deps.inboxes.open(tx, tenantId, row.inboxId);
      return inbox && { body: Buffer.from(row.body), correlationId: row.correlationId, inbox };
    }, { readOnly: true });
  }

  async #apply(tenantId: string, { inbox, correlationId }: WaitingDelivery, item: InboundItem): Promise<boolean> {
    const target = { tenantId, inboxId: inbox.id };
    return runUnit(this.deps.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId }, (unit) =>
      item.kind === 'message' ? ingestMessage(unit, target, item) : applyStatus(unit, target, item));
  }

  async #finish(tenantId: string, deliveryId: string, correlationId: string, fault: string | null): Promise<void> {
    await runUnit(this.deps.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId }, async (unit) => {
      const done = await db(unit.tx).updateTable('WebhookDelivery').set({ status: fault ? 'FAILED' : 'PROCESSED', error: fault, processedAt: unit.now })
        .where('id', '=', deliveryId).where('status', '=', 'RECEIVED').executeTakeFirst();
      if (fault && Number(done.numUpdatedRows) > 0) {
        unit.audit({ action: 'webhook.unreadable', type: 'API', outcome: 'FAILURE', reason: fault, resource: { type: 'WebhookDelivery', id: deliveryId } });
      }
    });
  }
}

/** What can be read is kept even where part of the delivery cannot. */
function read({ inbox, body }: WaitingDelivery): { items: InboundItem[]; fault: string | null } {
  try {
    return { items: inbox.channel.parse(JSON.parse(body.toString('utf8')), inbox.credentials), fault: null };
  } catch (error) {
    if (error instanceof MalformedPayload) return { items: error.items, fault: error.message };
    throw error;
  }
}
