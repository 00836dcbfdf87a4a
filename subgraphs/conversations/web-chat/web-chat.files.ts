// Files of a web chat: those that a visitor brings, straight to storage and held to limits of their own, and links to those of their conversation.
import { sql } from 'kysely';
import { systemActor } from '../../kernel/base/actor.js';
import type { Clock } from '../../kernel/base/clock.js';
import { Refusal } from '../../kernel/base/errors.js';
import { newId } from '../../kernel/base/ids.js';
import type { RouteRequest, RouteResponse } from '../../kernel/base/subgraph-port.js';
import type { Envelope } from '../../kernel/crypto/envelope.js';
import type { Database, Tx } from '../../kernel/data/database.js';
import { STORAGE_BYTES } from '../../kernel/data/meter-tables.js';
import { tenantScope } from '../../kernel/data/scope.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { safeName } from '../attachment/attachment.disposition.js';
import { Attachment } from '../attachment/attachment.entity.js';
import { LEASE_MS } from '../attachment/attachment.lease.js';
import { LINK_KEY, type AttachmentLinks } from '../attachment/attachment.link.js';
import type { AttachmentReceive } from '../attachment/attachment.receive.js';
import { holdBrought } from '../attachment/attachment.visitor.js';
import type { InboundItem } from '../channel/inbound.items.js';
import type { InboxOf } from '../contact/contact.identity.js';
import type { OpenInbox } from '../inbox/inbox.service.js';
import { db } from '../tables.js';
import { conversationQuotas } from '../tenant-limit/tenant-limit.js';

/** Bytes of one that a stranger brings. */
export const MOST_BROUGHT = 25 * 1024 * 1024;
/** Of a visitor, in no message yet. */
const MOST_UNSENT = 10;
const LONGEST_NAME = 200;

export interface VisitorFilesDeps {
  database: Database;
  unit: UnitOfWorkDeps;
  clock: Clock;
  receive: AttachmentReceive;
  links: AttachmentLinks;
  envelope: Envelope;
}

/** What is shown of a file. */
export interface ShownFile {
  mimeType: string | null;
  fileName: string | null;
  /** Bytes; null while it is not there. */
  size: number | null;
  /** A path on this server, for some minutes; null while it is not there. */
  url: string | null;
}

export class VisitorFiles {
  constructor(private readonly deps: VisitorFilesDeps) {}

  /** Of a visitor whose token holds. */
  async take(inbox: OpenInbox, visitor: string, request: RouteRequest): Promise<RouteResponse> {
    const { headers, query } = request;
    const size = /^\d{1,12}$/.test(headers['content-length'] ?? '') ? Number(headers['content-length']) : null;
    if (request.oversize || (size ?? 0) > MOST_BROUGHT) return refused(413, 'too-large', `A file has ${MOST_BROUGHT} bytes at the most.`);
    if (size === null) return refused(411, 'length-required', 'Say with Content-Length how many bytes the file has.');
    if (size === 0) return refused(400, 'malformed', 'The file is empty.');
    const name = query.get('name') ?? '';
    if (name.length > LONGEST_NAME) return refused(400, 'malformed', `A name has ${LONGEST_NAME} characters at the most.`);
    const claimed = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
    const type = /^[a-z0-9][a-z0-9.+-]{0,63}\/[a-z0-9][a-z0-9.+-]{0,99}$/.test(claimed) ? claimed : 'application/octet-stream';
    const { tenantId, id: inboxId } = inbox;
    const [id, createdAt] = [newId(), this.deps.clock.now()];
    const fault = await this.#announce(inbox, request, async (unit) => {
      // Of several at once each counts those before it.
      await sql`select pg_advisory_xact_lock(hashtextextended(${`files/${inboxId}/${visitor}`}, 0))`.execute(unit.tx.getKysely());
      if (await unsent(unit, inboxId, visitor) >= MOST_UNSENT) return refused(409, 'too-many-files', `${MOST_UNSENT} files wait already for a message that names them.`);
      await conversationQuotas().assertRoom(unit, tenantId, STORAGE_BYTES, null);
      unit.tx.create(Attachment, {
        id, tenantId, inboxId, messageId: null, position: null, source: 'UPLOAD', state: 'FETCHING', kind: null, externalId: null, url: null, claimedType: type, claimedName: safeName(name) || null,
        claimedSize: String(size), claimedSha256: null, uploadedBy: null, visitor, storedType: null, size: null, sha256: null, storageKey: null, reason: null, attempts: 1,
        dueAt: new Date(createdAt.getTime() + LEASE_MS), createdAt,
      });
      // There from the first file on: whoever reads makes none.
      await this.deps.envelope.derivedKey(unit.tx, tenantId, LINK_KEY);
      return null;
    });
    return fault ?? this.deps.receive.keep(request, { tenantId, id, attempts: 1, size, type, sha256: null, createdAt, again: false });
  }

  /** @returns why what is posted names what it may not, or null */
  hold(target: InboxOf, visitor: string, items: readonly InboundItem[]): Promise<string | null> {
    if (!items.some((item) => item.kind === 'message' && item.content?.kind === 'media')) return Promise.resolve(null);
    return this.deps.database.inScope(tenantScope(target.tenantId), (tx) => holdBrought(tx, target, visitor, items, this.deps.clock.now()));
  }

  /** Files of messages that the visitor may read, by message and place. */
  async shown(tx: Tx, { tenantId, inboxId }: InboxOf, messageIds: readonly string[]): Promise<Map<string, ShownFile>> {
    if (messageIds.length === 0) return new Map();
    const rows = await db(tx).selectFrom('Attachment').select(['id', 'messageId', 'position', 'storedType', 'claimedName', 'size']).where((eb) => eb('messageId', '=', eb.fn.any(eb.val([...messageIds]))))
      .where('state', '=', 'STORED').execute();
    const key = rows.length === 0 ? null : await this.deps.links.keys.find(tx, tenantId);
    return new Map(rows.map(({ id, messageId, position, storedType, claimedName, size }) => [`${messageId}/${position}`, {
      mimeType: storedType, fileName: claimedName, size: Number(size), url: key && this.deps.links.providerPath(key, { tenant: tenantId, file: id, inboxId }),
    }]));
  }

  async #announce({ tenantId }: OpenInbox, { ip, headers, correlationId }: RouteRequest, work: (unit: UnitOfWork) => Promise<RouteResponse | null>): Promise<RouteResponse | null> {
    const actor = { ...systemActor(tenantId), ip, userAgent: headers['user-agent'] ?? null };
    try {
      return await runUnit(this.deps.unit, tenantScope(tenantId), { actor, correlationId }, work);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return refused(507, 'storage-full', 'No file can be kept at the moment.');
    }
  }
}

/** Those of whoever died bringing them are none. */
async function unsent({ tx, now }: UnitOfWork, inboxId: string, visitor: string): Promise<number> {
  const { rows: [few] } = await sql<{ n: number }>`select count(*)::int as n from (select from conversations.attachment where inbox_id = ${inboxId}::uuid and visitor = ${visitor}
    and (state = 'STORED' or (state = 'FETCHING' and due_at > ${now})) limit ${MOST_UNSENT}) as few`.execute(tx.getKysely());
  return few?.n ?? 0;
}

const refused = (status: number, error: string, message: string): RouteResponse =>
  ({ status, headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }, body: JSON.stringify({ error, message }) });
