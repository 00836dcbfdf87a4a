// Commit-safe feeds: history in a table, news from the bus, joined without gap or duplicate. A subscriber pulls.
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from '../data/database.js';
import { tenantScope, type Scope } from '../data/scope.js';
import { FEED_CHANNEL, type Bus } from './bus.js';

export interface FeedEvent {
  position: bigint;
  type: string;
  payload: unknown;
}
export type GapReason = 'UNKNOWN_CURSOR' | 'HISTORY_TRIMMED';
export type FeedItem = { kind: 'event'; cursor: string; event: FeedEvent } | { kind: 'gap'; cursor: string; position: bigint; reason: GapReason };
/** A word of the stream about itself: all up to here has been told, what follows is news. */
export interface FeedMark { kind: 'mark'; position: bigint }

export interface FeedFilter {
  tenantId: string;
  /** One stream of the tenant, one group of them, or (`id` being the tenant's) all of them. */
  by: 'stream' | 'group' | 'tenant';
  id: string;
}

/** One relayed event on the bus; short names because a notification holds 8,000 bytes. */
export interface BusEvent { t: string; p: string; y: string; s: string; g: string | null; d: unknown }
export interface BusFeedMessage { schema: string; events: BusEvent[] }

const PAGE = 200;
const MAX_PENDING = 500;

/** Subscribers of one schema's feed in this process. */
export class FeedHub {
  readonly #streams = new Map<string, Set<FeedStream>>();
  readonly #stop: () => void;

  constructor(readonly schema: string, readonly database: Database, bus: Bus) {
    this.#stop = bus.listen(FEED_CHANNEL, {
      message: (payload) => this.#receive(JSON.parse(payload) as BusFeedMessage),
      gap: () => { for (const set of this.#streams.values()) for (const stream of set) stream.rereadHistory(); },
    });
  }

  #receive(message: BusFeedMessage): void {
    if (message.schema !== this.schema) return;
    for (const event of message.events) {
      for (const key of [`${event.t}/stream/${event.s}`, `${event.t}/group/${event.g}`, `${event.t}/tenant/${event.t}`]) {
        for (const stream of this.#streams.get(key) ?? []) stream.push({ position: BigInt(event.p), type: event.y, payload: event.d });
      }
    }
  }

  /** Opens a stream: after a cursor, or from now. @param user whose row-level scope reads the history */
  async open(filter: FeedFilter, after: string | null, user: string | null): Promise<FeedStream> {
    const key = `${filter.tenantId}/${filter.by}/${filter.id}`;
    const stream = new FeedStream(this, filter, tenantScope(filter.tenantId, user), () => {
      const set = this.#streams.get(key);
      set?.delete(stream);
      if (set?.size === 0) this.#streams.delete(key);
    });
    // Registered before the state is read: an event committed in between is buffered, not lost.
    (this.#streams.get(key) ?? this.#streams.set(key, new Set()).get(key))?.add(stream);
    try {
      await stream.start(after);
    } catch (error) {
      stream.end();
      throw error;
    }
    return stream;
  }

  close(): void {
    this.#stop();
    for (const set of [...this.#streams.values()]) for (const stream of [...set]) stream.end();
  }
}

interface FeedState { epoch: string; position: bigint; trimmedTo: bigint }

export class FeedStream {
  #last = 0n;
  #epoch = '';
  #gap: GapReason | null = null;
  /** It has caught up and has not said so yet. */
  #markDue = false;
  /** Where the feed was when it was opened. */
  #openedAt = 0n;
  #pending: FeedEvent[] = [];
  /** History beyond `#last` must be read; news is only noted meanwhile, because every published event is already in the table. */
  #behind = false;
  #newsWhileBehind = false;
  #ended = false;
  #wakeUp: (() => void) | null = null;

  constructor(
    private readonly hub: FeedHub,
    private readonly filter: FeedFilter,
    private readonly scope: Scope,
    private readonly onEnd: () => void,
  ) {}

  async start(after: string | null): Promise<void> {
    const state = await this.#state();
    this.#epoch = state.epoch;
    this.#openedAt = state.position;
    if (after === null) {
      this.#joinAt(state.position);
      return;
    }
    const cursor = decodeCursor(after, this.filter, state.epoch);
    if (cursor === null || cursor > state.position) this.#gapAt(state.position, 'UNKNOWN_CURSOR');
    else if (cursor < state.trimmedTo) this.#gapAt(state.position, 'HISTORY_TRIMMED');
    else {
      this.#last = cursor;
      this.#behind = true;
      this.#pending = [];
    }
  }

  #gapAt(position: bigint, reason: GapReason): void {
    this.#gap = reason;
    this.#joinAt(position);
  }

  #joinAt(position: bigint): void {
    this.#last = position;
    this.#markDue = true;
    this.#pending = this.#pending.filter((event) => event.position > position);
  }

  push(event: FeedEvent): void {
    if (this.#behind) this.#newsWhileBehind = true;
    else if (this.#pending.length >= MAX_PENDING) this.rereadHistory();
    else this.#pending.push(event);
    this.#wakeUp?.();
  }

  /** Forget what is buffered and read the table from the last delivered position on. */
  rereadHistory(): void {
    this.#pending = [];
    this.#behind = true;
    this.#newsWhileBehind = true;
    this.#wakeUp?.();
  }

  /** After what was delivered last; at the beginning, where it joined. */
  get cursor(): string {
    return this.#cursor(this.#last);
  }

  /** The next item, or `null` when the stream has ended. */
  async next(): Promise<FeedItem | null> {
    for (;;) {
      const item = await this.step();
      if (item?.kind !== 'mark') return item;
    }
  }

  /** The same with what the stream says of itself. */
  async step(): Promise<FeedItem | FeedMark | null> {
    for (;;) {
      if (this.#ended) return null;
      if (this.#gap) {
        const reason = this.#gap;
        this.#gap = null;
        return { kind: 'gap', cursor: this.#cursor(this.#last), position: this.#last, reason };
      }
      if (this.#markDue) {
        this.#markDue = false;
        return { kind: 'mark', position: this.#last };
      }
      const event = this.#pending.shift();
      if (event) {
        if (event.position <= this.#last) continue;
        this.#last = event.position;
        return { kind: 'event', cursor: this.#cursor(event.position), event };
      }
      if (this.#behind) await this.#readHistory();
      else await new Promise<void>((resolve) => { this.#wakeUp = resolve; });
    }
  }

  async #readHistory(): Promise<void> {
    this.#newsWhileBehind = false;
    const page = await this.#page();
    if (this.#ended) return;
    if (page.length > 0) this.#pending = page;
    // Nothing was published since before this read began: the table held no more, the buffer takes over.
    else if (!this.#newsWhileBehind) {
      this.#behind = false;
      this.#markDue = true;
      if (this.#last < this.#openedAt) this.#last = this.#openedAt;
    }
  }

  async #page(): Promise<FeedEvent[]> {
    const column = sql.ref({ stream: 'stream_id', group: 'group_id', tenant: 'tenant_id' }[this.filter.by]);
    return this.hub.database.inScope(this.scope, async (tx) => {
      const result = await sql<{ position: string; type: string; payload: unknown }>`
        select position, type, payload from ${sql.table(`${this.hub.schema}.feed`)}
        where tenant_id = ${this.filter.tenantId}::uuid and ${column} = ${this.filter.id}::uuid and position > ${this.#last.toString()}::bigint
        order by position limit ${PAGE}`.execute(tx.getKysely());
      return result.rows.map((row) => ({ position: BigInt(row.position), type: row.type, payload: row.payload }));
    }, { readOnly: true });
  }

  async #state(): Promise<FeedState> {
    return this.hub.database.inScope(this.scope, async (tx) => {
      const result = await sql<{ epoch: string; position: string; trimmedTo: string }>`
        select epoch, position, trimmed_to as "trimmedTo" from ${sql.table(`${this.hub.schema}.feed_state`)}`.execute(tx.getKysely());
      const row = result.rows[0];
      if (!row) throw new Error(`${this.hub.schema}.feed_state is empty.`);
      return { epoch: row.epoch, position: BigInt(row.position), trimmedTo: BigInt(row.trimmedTo) };
    }, { readOnly: true });
  }

  #cursor(position: bigint): string {
    return encodeCursor(position, this.filter, this.#epoch);
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.onEnd();
    this.#wakeUp?.();
  }
}

/** Binds a cursor to its feed: one of another conversation, tenant or database is unknown here. */
const fingerprint = ({ tenantId, by, id }: FeedFilter, epoch: string): string =>
  createHash('sha256').update(`${epoch}/${tenantId}/${by}/${id}`).digest('base64url').slice(0, 8);

const encodeCursor = (position: bigint, filter: FeedFilter, epoch: string): string =>
  Buffer.from(`${position}.${fingerprint(filter, epoch)}`).toString('base64url');

function decodeCursor(text: string, filter: FeedFilter, epoch: string): bigint | null {
  const match = /^(\d{1,18})\.([\w-]{8})$/.exec(Buffer.from(text, 'base64url').toString('latin1'));
  return match?.[1] && match[2] === fingerprint(filter, epoch) ? BigInt(match[1]) : null;
}
