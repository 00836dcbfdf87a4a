// One stored delivery, read in the order of its items: what cannot be read together with others, and what a job tries again. Stopped anywhere and repeated, it ends in the same rows.
import { systemActor } from '../../kernel/base/actor.js';
import type { CrashPoint } from '../../kernel/base/crash-points.js';
import type { TopLevelCode } from '../../kernel/base/errors.js';
import { isDatabaseAway } from '../../kernel/data/database.away.js';
import type { Database } from '../../kernel/data/database.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import type { Arrival } from '../channel/channel.port.js';
import type { InboundItem } from '../channel/inbound.items.js';
import { MalformedPayload } from '../channel/payload.js';
import type { ConversationsCrashPoint } from '../conversations.crash.js';
import type { InboxService, OpenInbox } from '../inbox/inbox.service.js';
import { applyItem } from '../message/message.items.js';
import { db } from '../tables.js';
import { replayedBody } from './webhook-replay.js';

export interface IngestDeps {
  database: Database;
  unit: UnitOfWorkDeps;
  inboxes: InboxService;
  crash: CrashPoint<ConversationsCrashPoint>;
}

/** A delivery that failed this often is put aside for a person. */
const MAX_ATTEMPTS = 5;

export interface Delivery extends Arrival {
  id: string;
  tenantId: string;
  inboxId: string;
  body: Buffer;
  correlationId: string;
  /** Attempts that failed before this one. */
  attempts: number;
  /** How often it had been asked to be read again: what is done for an earlier time says nothing of a later one. */
  replays: number;
}

export class WebhookIngestService {
  constructor(private readonly deps: IngestDeps) {}

  /**
   * @returns how many items were new; 0 when the delivery is not waiting (any more)
   * @throws when an item could not be stored; the attempt is counted, and the fifth closes the delivery as FAILED. While the
   * database is away or full nothing is counted: that is no fault of the delivery
   */
  async ingest(tenantId: string, deliveryId: string): Promise<number> {
    const delivery = await this.#waiting(tenantId, deliveryId);
    if (!delivery) return 0;
    try {
      const inbox = await this.#inbox(delivery);
      if (!inbox) {
        await this.#update(delivery, (unit) => this.#close(unit, delivery, 'The inbox was deleted before this was read.'));
        return 0;
      }
      const { items, fault } = read(delivery, inbox);
      const { stored, failure } = await this.#applyAll(delivery, inbox, items, fault);
      if (failure) throw failure;
      this.deps.crash('ingest:finished');
      return stored;
    } catch (error) {
      if (!isDatabaseAway(error)) await this.#count(delivery, error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  }

  async #waiting(tenantId: string, id: string): Promise<Delivery | null> {
    return this.deps.database.inScope(tenantScope(tenantId), async (tx) => {
      const row = await db(tx).selectFrom('WebhookDelivery').select(['body', 'notes', 'receivedAt', 'inboxId', 'correlationId', 'attempts', 'replays']).where('id', '=', id).where('status', '=', 'RECEIVED').executeTakeFirst();
      if (!row) return null;
      return { ...row, id, tenantId, body: Buffer.from((row.replays > 0 && await replayedBody(tx, id)) || row.body) };
    }, { readOnly: true });
  }

  #inbox({ tenantId, inboxId }: Delivery): Promise<OpenInbox | null> {
    return this.deps.inboxes.known(tenantId, inboxId);
  }

  /**
   * In array order. An item that fails holds the later ones back, for their order; only the last attempt goes on past it. The last one closes the
   * delivery in its own transaction; `fault` says what of the body could not be read.
   */
  async #applyAll(delivery: Delivery, inbox: OpenInbox, items: InboundItem[], fault: string | null): Promise<{ stored: number; failure: Error | null }> {
    let stored = 0;
    let failure: Error | null = null;
    if (items.length === 0) await this.#update(delivery, (unit) => this.#close(unit, delivery, fault));
    for (const [index, item] of items.entries()) {
      const last = index === items.length - 1;
      try {
        if (await this.#apply(delivery, inbox, item, last && failure === null ? (unit) => this.#close(unit, delivery, fault) : null)) stored += 1;
      } catch (error) {
        if (delivery.attempts + 1 < MAX_ATTEMPTS || isDatabaseAway(error)) throw error;
        failure ??= error as Error;
      }
      if (!last) this.deps.crash('ingest:item');
    }
    return { stored, failure };
  }

  /** @returns whether it was new */
  #apply(delivery: Delivery, inbox: OpenInbox, item: InboundItem, also: ((unit: UnitOfWork) => Promise<void>) | null): Promise<boolean> {
    return this.#update(delivery, async (unit) => {
      const isNew = await applyItem(unit, { tenantId: delivery.tenantId, inboxId: inbox.id }, item);
      await also?.(unit);
      return isNew;
    });
  }

  async #close(unit: UnitOfWork, delivery: Delivery, fault: string | null): Promise<void> {
    const done = await db(unit.tx).updateTable('WebhookDelivery').set({ status: fault ? 'FAILED' : 'PROCESSED', error: fault, processedAt: unit.now })
      .where('id', '=', delivery.id).where('status', '=', 'RECEIVED').where('replays', '=', delivery.replays).executeTakeFirst();
    if (fault && Number(done.numUpdatedRows) > 0) this.#report(unit, delivery, 'webhook.unreadable', 'BAD_USER_INPUT');
  }

  async #count(delivery: Delivery, failure: Error): Promise<void> {
    await this.#update(delivery, async (unit) => {
      const error = failure.message.slice(0, 500);
      const counted = await db(unit.tx).updateTable('WebhookDelivery').set((eb) => ({ attempts: eb('attempts', '+', 1), error }))
        .where('id', '=', delivery.id).where('status', '=', 'RECEIVED').where('replays', '=', delivery.replays).returning('attempts').executeTakeFirst();
      if (!counted || counted.attempts < MAX_ATTEMPTS) return;
      await db(unit.tx).updateTable('WebhookDelivery').set({ status: 'FAILED', processedAt: unit.now }).where('id', '=', delivery.id).execute();
      this.#report(unit, delivery, 'webhook.failed', 'INTERNAL');
    });
  }

  /** The trail gets a published code; the words, which may hold anything, stay with the delivery. */
  #report(unit: UnitOfWork, { id }: Delivery, action: string, reason: TopLevelCode): void {
    unit.audit({ action, type: 'API', outcome: 'FAILURE', reason, resource: { type: 'WebhookDelivery', id } });
  }

  #update<T>({ tenantId, correlationId }: Delivery, work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    return runUnit(this.deps.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId }, work);
  }
}

/** What can be read is kept even where part of the delivery cannot. */
export function read({ body, receivedAt, notes }: Delivery, inbox: OpenInbox): { items: InboundItem[]; fault: string | null } {
  try {
    return { items: inbox.channel.parse(inbox.channel.decode(body), { receivedAt, notes }), fault: null };
  } catch (error) {
    if (error instanceof MalformedPayload) return { items: error.items, fault: error.message };
    throw error;
  }
}
