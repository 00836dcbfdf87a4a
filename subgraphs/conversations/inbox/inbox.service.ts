// Inboxes and their sealed credentials.
import { sql } from 'kysely';
import { LRUCache } from 'lru-cache';
import { TenantKeyGone, type Envelope } from '../../kernel/crypto/envelope.js';
import type { Database, Tx } from '../../kernel/data/database.js';
import { platformScope, tenantScope } from '../../kernel/data/scope.js';
import { systemActor } from '../../kernel/base/actor.js';
import { newId } from '../../kernel/base/ids.js';
import type { Logger } from '../../kernel/base/logger.js';
import { runUnit, type UnitOfWork, type UnitOfWorkDeps } from '../../kernel/messaging/unit-of-work.js';
import { channelFor } from '../channel/channel.registry.js';
import { withOverlap } from '../channel/channel.overlap.js';
import type { Channel, ChannelName } from '../channel/channel.port.js';
import { db } from '../tables.js';
import { Inbox } from './inbox.entity.js';
import { newInboxRow } from './inbox.row.js';

/** An inbox with its credentials opened, which only its channel holds: never leaves the process. */
export interface OpenInbox {
  tenantId: string;
  id: string;
  /** The public part of its webhook address. */
  key: string;
  channel: Channel;
}

/** What is sealed: what the channel needs, and what was rotated out and is accepted beside it for a while. */
export interface SealedCredentials extends Record<string, unknown> {
  previous?: Record<string, unknown>;
}

export interface NewInbox {
  id?: string;
  key: string;
  name: string;
  channel: ChannelName;
  /** As its channel defines them. */
  credentials: Record<string, unknown>;
  /** Its address at the provider, which nobody else may have then; absent: it claims none. */
  address?: string;
}

/** Secrets that gave way to new ones are told apart by their names. */
const withoutFormer = (credentials: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(credentials).filter(([name]) => !name.startsWith('previous')));

// A changed or deleted inbox is noticed within this time by every process, and so are destroyed keys.
const CACHE_MS = 1_000;
/** How often a process writes that an inbox is used. */
const NOTED_MS = 5_000;

export class InboxService {
  readonly #byKey = new LRUCache<string, OpenInbox>({ max: 2_000, ttl: CACHE_MS });
  readonly #noted = new LRUCache<string, true>({ max: 10_000, ttl: NOTED_MS });
  readonly #byId = new LRUCache<string, OpenInbox>({ max: 2_000, ttl: CACHE_MS });

  constructor(private readonly database: Database, private readonly envelope: Envelope, private readonly unit: UnitOfWorkDeps, private readonly logger: Logger) {}

  /** The inbox a webhook address names, or null. Unknown keys are not cached: they would fill it. */
  async byKey(key: string): Promise<OpenInbox | null> {
    // PostgreSQL takes no NUL, and no inbox has one.
    if (key.includes('\0')) return null;
    const cached = this.#byKey.get(key);
    if (cached) return cached;
    const found = await this.database.inScope(platformScope, (tx) =>
      sql<{ tenant_id: string; id: string }>`select tenant_id, id from conversations.inbox_by_key(${key})`.execute(tx.getKysely()), { readOnly: true });
    const row = found.rows[0];
    if (!row) return null;
    const inbox = await this.database.inScope(tenantScope(row.tenant_id), (tx) => this.open(tx, row.tenant_id, row.id), { readOnly: true }).catch((error: unknown) => {
      // Its tenant is being erased: whoever delivers is told what they will be told from then on.
      if (!(error instanceof TenantKeyGone)) throw error;
      // A key that is gone from a tenant that lives is a loss of its customers' messages: somebody must hear.
      this.logger.error({ inboxId: row.id }, 'an inbox cannot be opened: the data key of its tenant is gone');
      return null;
    });
    if (inbox) this.#byKey.set(key, inbox);
    return inbox;
  }

  /** An inbox of a tenant, for whoever reads what was delivered to it. */
  async known(tenantId: string, id: string): Promise<OpenInbox | null> {
    const key = `${tenantId}/${id}`;
    const inbox = this.#byId.get(key) ?? await this.database.inScope(tenantScope(tenantId), (tx) => this.open(tx, tenantId, id), { readOnly: true });
    if (inbox && !this.#byId.has(key)) this.#byId.set(key, inbox);
    return inbox;
  }

  /** Opens an inbox of the transaction's tenant. */
  async open(tx: Tx, tenantId: string, id: string): Promise<OpenInbox | null> {
    const row = await db(tx).selectFrom('Inbox').select(['id', 'key', 'channel', 'credentials', 'secretOverlapUntil']).where('id', '=', id).executeTakeFirst();
    if (!row?.credentials) return null;
    const { previous, ...credentials } = await this.#unsealed(tx, tenantId, id, row.credentials);
    const until = row.secretOverlapUntil;
    const channel = channelFor(row.channel).open(until && this.unit.clock.now() >= until ? withoutFormer(credentials) : credentials);
    if (!previous || !until) return { tenantId, id, key: row.key, channel };
    return { tenantId, id, key: row.key, channel: withOverlap(channel, channelFor(row.channel).open(previous), () => this.unit.clock.now() < until) };
  }

  /** What an inbox has sealed; null when there is none, or none any more. Never leaves the process. */
  async credentials(tx: Tx, tenantId: string, id: string): Promise<SealedCredentials | null> {
    const row = await db(tx).selectFrom('Inbox').select('credentials').where('id', '=', id).executeTakeFirst();
    return row?.credentials ? this.#unsealed(tx, tenantId, id, row.credentials) : null;
  }

  seal(tx: Tx, tenantId: string, id: string, credentials: SealedCredentials): Promise<Buffer> {
    return this.envelope.seal(tx, this.#address(tenantId, id), JSON.stringify(credentials));
  }

  async #unsealed(tx: Tx, tenantId: string, id: string, sealed: Uint8Array): Promise<SealedCredentials> {
    return JSON.parse(await this.envelope.open(tx, this.#address(tenantId, id), Buffer.from(sealed))) as SealedCredentials;
  }

  /** Creates the inbox, unless one with this key exists in the tenant. @returns its id */
  async create(tenantId: string, input: NewInbox): Promise<string> {
    const origin = { actor: systemActor(tenantId), correlationId: `inbox-create-${input.key}` };
    return runUnit(this.unit, tenantScope(tenantId), origin, async (unit) => {
      const known = await db(unit.tx).selectFrom('Inbox').select('id').where('key', '=', input.key).executeTakeFirst();
      if (known) return known.id;
      const id = input.id ?? newId();
      const credentials = await this.seal(unit.tx, tenantId, id, input.credentials);
      unit.tx.create(Inbox, newInboxRow({ id, tenantId, key: input.key, name: input.name, channel: input.channel, credentials, externalId: input.address ?? null }, unit.now));
      unit.audit({ action: 'inbox.create', type: 'DATA_WRITE', outcome: 'SUCCESS', resource: { type: 'Inbox', id }, after: { name: input.name, channel: input.channel } });
      return id;
    });
  }

  /** A call of its provider was stored, or it took a message. Often enough to be told of to within some seconds, and no row that everybody waits for. */
  async noteUse({ tx, now }: UnitOfWork, id: string, what: 'lastReceivedAt' | 'lastSentAt'): Promise<void> {
    const noted = `${id}/${what}`;
    if (this.#noted.has(noted)) return;
    this.#noted.set(noted, true);
    await db(tx).updateTable('Inbox').set({ [what]: now }).where('id', '=', id).execute();
  }

  #address(tenantId: string, row: string) {
    return { tenantId, table: 'inbox', column: 'credentials', row };
  }
}
