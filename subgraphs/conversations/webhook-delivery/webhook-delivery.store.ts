// What providers deliver is stored by its bytes, once. What comes for an inbox while something of it is being stored goes in together with the next.
import { sql } from 'kysely';
import { systemActor, type Actor } from '../../kernel/base/actor.js';
import { newId } from '../../kernel/base/ids.js';
import { isDatabaseAway } from '../../kernel/data/database.away.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import type { InboxOf } from '../contact/contact.identity.js';
import type { InboxService } from '../inbox/inbox.service.js';

export interface StoredCall {
  /** The envelope's own event id, or the SHA-256 of its bytes. */
  key: string;
  body: Buffer;
  notes: Record<string, string>;
  correlationId: string;
  ip: string | null;
  userAgent: string | null;
}

interface Waiting {
  call: StoredCall;
  done: () => void;
  failed: (error: unknown) => void;
}

/** In one transaction at the most, so many calls and so many bytes; a call is up to three megabytes. */
const MOST = 50;
const MOST_BYTES = 4_000_000;

export class DeliveryStore {
  /** By inbox, while something of it is being stored: one transaction at a time, so that what came first is there first. */
  readonly #lines = new Map<string, Waiting[]>();

  constructor(private readonly unit: UnitOfWorkDeps, private readonly inboxes: InboxService) {}

  /** Resolves when the call is committed; one that is there already changes nothing. */
  store(target: InboxOf, call: StoredCall): Promise<void> {
    const key = `${target.tenantId}/${target.inboxId}`;
    const line = this.#lines.get(key);
    return new Promise((done, failed) => {
      const waiting = { call, done, failed };
      if (line) line.push(waiting);
      else void this.#run(target, key, [waiting]);
    });
  }

  async #run(target: InboxOf, key: string, line: Waiting[]): Promise<void> {
    this.#lines.set(key, line);
    for (let together = take(line); together.length > 0; together = take(line)) {
      try {
        await this.#insert(target, together.map(({ call }) => call));
        for (const { done } of together) done();
      } catch (error) {
        // Of several each is tried by itself, so that none bears another's fault; a database that is away is away for all of them.
        if (together.length === 1 || isDatabaseAway(error)) for (const { failed } of together) failed(error);
        else for (const { call, done, failed } of together) await this.#insert(target, [call]).then(done, failed);
      }
    }
    this.#lines.delete(key);
  }

  /** In the order of their keys: of two transactions with the same calls neither waits for the other half way. */
  #insert({ tenantId, inboxId }: InboxOf, calls: readonly StoredCall[]): Promise<void> {
    const made = calls.map((call) => ({ ...call, id: newId() }));
    return runUnit(this.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: made[0]?.correlationId ?? '' }, async (unit) => {
      const stored = await insert(unit, { tenantId, inboxId }, made.toSorted((a, b) => (a.key < b.key ? -1 : 1)));
      if (stored.size === 0) return;
      await this.inboxes.noteUse(unit, inboxId, 'lastReceivedAt');
      for (const { id, correlationId, ip, userAgent } of made) {
        if (!stored.has(id)) continue;
        const actor: Actor = { ...systemActor(tenantId), ip, userAgent };
        unit.correlationId = correlationId;
        unit.audit({ action: 'webhook.receive', type: 'API', outcome: 'SUCCESS', resource: { type: 'Inbox', id: inboxId } }, tenantId, actor);
      }
    });
  }
}

/** The oldest that wait, as many as go in together. */
function take(waiting: Waiting[]): Waiting[] {
  let bytes = 0;
  const end = waiting.findIndex(({ call: { body } }, index) => index === MOST || (index > 0 && (bytes += body.length) > MOST_BYTES));
  return waiting.splice(0, end === -1 ? waiting.length : end);
}

/** @returns the ids of those that were not there */
async function insert({ tx, now }: UnitOfWork, { tenantId, inboxId }: InboxOf, calls: readonly (StoredCall & { id: string })[]): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`
    insert into conversations.webhook_delivery (tenant_id, id, inbox_id, key, body, notes, status, correlation_id, received_at, waiting_since)
    select ${tenantId}::uuid, d.id, ${inboxId}::uuid, d.key, d.body, d.notes::jsonb, 'RECEIVED', d.correlation_id, ${now}::timestamptz, ${now}::timestamptz
    from unnest(${calls.map(({ id }) => id)}::uuid[], ${calls.map(({ key }) => key)}::text[], ${calls.map(({ body }) => body)}::bytea[], ${calls.map(({ notes }) => JSON.stringify(notes))}::text[],
      ${calls.map(({ correlationId }) => correlationId)}::text[]) as d (id, key, body, notes, correlation_id)
    on conflict do nothing returning id`.execute(tx.getKysely());
  return new Set(rows.map(({ id }) => id));
}
