// What an inbox was delivered is read in its order: deliveries of nothing but messages together, everything else, and what fails, one by one.
import type { Pool } from 'pg';
import { sql } from 'kysely';
import { systemActor } from '../../kernel/base/actor.js';
import type { Logger } from '../../kernel/base/logger.js';
import { isDatabaseAway } from '../../kernel/data/database.away.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWork } from '../../kernel/messaging/unit-of-work.js';
import type { InboundMessage } from '../channel/inbound.items.js';
import type { InboxOf } from '../contact/contact.identity.js';
import type { OpenInbox } from '../inbox/inbox.service.js';
import { ingestTogether } from '../message/message.together.js';
import { read, type Delivery, type IngestDeps, type WebhookIngestService } from './webhook-delivery.ingest.js';

/** Of an inbox at a time, so many deliveries and so many bytes: others have their turn. */
const DELIVERIES = 50;
const MOST_BYTES = 4_000_000;
/** So many messages share a transaction at the most: its locks are held for some tens of milliseconds. */
const TOGETHER = 50;

/** At a time. */
const INBOXES = 500;
const BEGINNING: InboxOf = { tenantId: '00000000-0000-0000-0000-000000000000', inboxId: '00000000-0000-0000-0000-000000000000' };
const END: InboxOf = { tenantId: 'ffffffff-ffff-ffff-ffff-ffffffffffff', inboxId: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };

/** From one inbox to the next by the index, after one and up to another, however many deliveries wait in each. */
const next = (after: string): string => `select d.tenant_id, d.inbox_id from conversations.webhook_delivery d
  where d.status = 'RECEIVED' and d.attempts = 0 and (d.tenant_id, d.inbox_id) > ${after} and (d.tenant_id, d.inbox_id) <= ($4::uuid, $5::uuid) order by d.tenant_id, d.inbox_id limit 1`;
const UNREAD_INBOXES = `with recursive unread as ((${next('($2::uuid, $3::uuid)')})
    union all select following.tenant_id, following.inbox_id from unread, lateral (${next('(unread.tenant_id, unread.inbox_id)')}) as following
  ) select tenant_id as "tenantId", inbox_id as "inboxId" from unread limit $1`;

/**
 * Finds the inboxes in which something waits that nobody has tried to read, across tenants. When there are more than are found at a time it goes on from there, and round again: whose ids come late in
 * the index waits no longer than others. @returns what takes the pool of the system role
 */
export function unreadInboxes(most = INBOXES): (system: Pool) => Promise<InboxOf[]> {
  let after = BEGINNING;
  const find = async (system: Pool, from: InboxOf, to: InboxOf, limit: number): Promise<InboxOf[]> =>
    (await system.query<InboxOf>(UNREAD_INBOXES, [limit, from.tenantId, from.inboxId, to.tenantId, to.inboxId])).rows;
  return async (system) => {
    const found = await find(system, after, END, most);
    if (found.length < most && after !== BEGINNING) found.push(...await find(system, BEGINNING, after, most - found.length));
    after = found.length === most ? found.at(-1) ?? BEGINNING : BEGINNING;
    return found;
  };
}

/** A delivery and the messages it is nothing but; null: it is something else. */
interface Opened {
  delivery: Delivery;
  messages: InboundMessage[] | null;
}

export class InboxReader {
  constructor(private readonly deps: IngestDeps & { logger: Logger }, private readonly oneByOne: WebhookIngestService) {}

  /**
   * Reads what waits, up to a bound. What fails is counted by its delivery, tried again by a job, and holds nothing else back.
   * @returns how many were taken: none when somebody else has what waits @throws when the database is away or full: nothing is counted then
   */
  async read({ tenantId, inboxId }: InboxOf): Promise<number> {
    const waiting = await this.#waiting({ tenantId, inboxId });
    const inbox = await this.deps.inboxes.known(tenantId, inboxId).catch((error: unknown) => {
      if (isDatabaseAway(error)) throw error;
      // Each delivery says so by itself.
      return null;
    });
    let taken = 0;
    for (const portion of portionsOf(waiting.map((delivery) => opened(delivery, inbox)))) {
      const together = !inbox || portion[0]?.messages === null ? null : await this.#together(inbox, portion);
      taken += together ?? await this.#alone(portion);
    }
    return taken;
  }

  async #waiting({ tenantId, inboxId }: InboxOf): Promise<Delivery[]> {
    const { rows } = await this.deps.database.inScope(tenantScope(tenantId), (tx) => sql<Omit<Delivery, 'tenantId' | 'inboxId'>>`
      select id, body, notes, received_at as "receivedAt", correlation_id as "correlationId", attempts, replays from (
        select d.id, d.body, d.notes, d.received_at, d.correlation_id, d.attempts, d.replays, sum(octet_length(d.body)) over (order by d.id) - octet_length(d.body) as before
        from (select w.id, w.body, w.notes, w.received_at, w.correlation_id, w.attempts, w.replays from conversations.webhook_delivery w
          where w.tenant_id = ${tenantId}::uuid and w.inbox_id = ${inboxId}::uuid and w.status = 'RECEIVED' and w.attempts = 0 order by w.id limit ${DELIVERIES}) d
      ) as counted where before < ${MOST_BYTES} order by id`.execute(tx.getKysely()), { readOnly: true });
    return rows.map((row) => ({ ...row, tenantId, inboxId, body: Buffer.from(row.body) }));
  }

  /** @returns how many were taken; null when that failed: nothing of it is kept then, and which of them it was is found one by one */
  async #together(inbox: OpenInbox, portion: readonly Opened[]): Promise<number | null> {
    const { tenantId } = inbox;
    const target = { tenantId, inboxId: inbox.id };
    let taken: number;
    try {
      taken = await runUnit(this.deps.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: portion[0]?.delivery.correlationId ?? '' }, async (unit) => {
        const closed = await takeAndClose(unit, target, portion);
        const arrived = portion.filter(({ delivery }) => closed.has(delivery.id)).flatMap(({ delivery: { correlationId }, messages }) => (messages ?? []).map((item) => ({ item, correlationId })));
        if (arrived.length > 0) await ingestTogether(unit, target, arrived);
        if (arrived.length > 1) this.deps.crash('ingest:item');
        return closed.size;
      });
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      this.deps.logger.debug({ err: error, inboxId: inbox.id, deliveries: portion.length }, 'deliveries could not be stored together; they are read one by one');
      return null;
    }
    this.deps.crash('ingest:finished');
    return taken;
  }

  async #alone(portion: readonly Opened[]): Promise<number> {
    for (const { delivery } of portion) {
      try {
        await this.oneByOne.ingest(delivery.tenantId, delivery.id);
      } catch (error) {
        if (isDatabaseAway(error)) throw error;
        // It was counted: a job tries it again, ever later.
        this.deps.logger.warn({ err: error, deliveryId: delivery.id, inboxId: delivery.inboxId }, 'a delivery could not be read');
      }
    }
    return portion.length;
  }
}

/** What somebody wants read again may be corrected, and is read by itself. */
function opened(delivery: Delivery, inbox: OpenInbox | null): Opened {
  if (!inbox || delivery.replays > 0) return { delivery, messages: null };
  try {
    const { items, fault } = read(delivery, inbox);
    const messages = items.flatMap((item) => (item.kind === 'message' ? [item] : []));
    return { delivery, messages: fault === null && messages.length === items.length && messages.length > 0 && messages.length <= TOGETHER ? messages : null };
  } catch {
    // Whoever reads it by itself says why.
    return { delivery, messages: null };
  }
}

function portionsOf(deliveries: readonly Opened[]): Opened[][] {
  const portions: Opened[][] = [];
  let room = 0;
  for (const one of deliveries) {
    const count = one.messages?.length ?? 0;
    const open = portions.at(-1);
    if (count > 0 && open?.[0]?.messages && count <= room) open.push(one);
    else {
      portions.push([one]);
      room = TOGETHER;
    }
    room -= count;
  }
  return portions;
}

/** Closes those that wait and that nobody else is reading: what follows in this transaction is theirs. */
async function takeAndClose({ tx, now }: UnitOfWork, { tenantId }: InboxOf, portion: readonly Opened[]): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`update conversations.webhook_delivery d set status = 'PROCESSED', processed_at = ${now}::timestamptz
    where d.tenant_id = ${tenantId}::uuid and d.id = any (array (select w.id from conversations.webhook_delivery w where w.tenant_id = ${tenantId}::uuid
      and w.id = any (${portion.map(({ delivery }) => delivery.id)}::uuid[]) and w.status = 'RECEIVED' and w.attempts = 0 and w.replays = 0 order by w.id for update skip locked))
    returning d.id`.execute(tx.getKysely());
  return new Set(rows.map(({ id }) => id));
}
