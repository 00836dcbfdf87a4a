// The relay of one schema: outbox -> feed positions -> queues and bus -> delete. One is active, by advisory lock.
import { Client, type QueryResult } from 'pg';
import type { CrashPoint } from '../../subgraphs/kernel/base/crash-points.js';
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
import type { Metrics } from '../../subgraphs/kernel/base/metrics.js';
import { FEED_CHANNEL, WAKE_CHANNEL, type Bus } from '../../subgraphs/kernel/messaging/bus.js';
import type { BusEvent } from '../../subgraphs/kernel/messaging/feed.js';
import type { JobQueue, JobTrigger } from '../../subgraphs/kernel/messaging/jobs.js';
import { Loop } from '../loop.js';
import type { RelayCrashPoint } from './relay.crash.js';

const BATCH = 200;
const POLL_MS = 75;
/** Room for the envelope inside a notification of 8,000 bytes. */
const MAX_BUS_BYTES = 7_000;
const RELAY_LOCK = 7_316_210;

export interface RelayOptions {
  schema: string;
  /** Login of the system role. */
  url: string;
  triggers: JobTrigger[];
  queue: JobQueue;
  bus: Bus;
  logger: Logger;
  metrics: Metrics;
  crash: CrashPoint<RelayCrashPoint>;
}

interface OutboxRow {
  id: string;
  tenant_id: string;
  type: string;
  stream_id: string | null;
  group_id: string | null;
  payload: unknown;
  position: string | null;
}

export class Relay {
  readonly #loop: Loop;
  readonly #stopListening: () => void;
  #client: Client | null = null;
  #locked = false;

  constructor(private readonly options: RelayOptions) {
    this.#loop = new Loop({ name: `relay ${options.schema}`, everyMs: POLL_MS, round: () => this.#round(), logger: options.logger });
    this.#stopListening = options.bus.listen(WAKE_CHANNEL, {
      message: (schema) => { if (schema === options.schema) this.#loop.wake(); },
      gap: () => this.#loop.wake(),
    });
  }

  async #round(): Promise<boolean> {
    try {
      const client = await this.#active();
      if (!client) return false;
      const rows = await this.#assign(client);
      if (rows.length === 0) return false;
      this.options.crash('relay:assigned');
      await this.#publish(rows);
      this.options.crash('relay:published');
      await client.query(`delete from ${this.options.schema}.outbox where id = any($1::bigint[])`, [rows.map((row) => row.id)]);
      this.options.crash('relay:deleted');
      this.options.metrics.relayed.inc({ schema: this.options.schema }, rows.length);
      return rows.length === BATCH;
    } catch (error) {
      await this.#drop();
      throw error;
    }
  }

  /** The connection that holds the lock; losing the connection is losing the lock. Null while another relay is active. */
  async #active(): Promise<Client | null> {
    this.#client ??= await this.#connect();
    if (!this.#locked) {
      // The connection of a relay that stands by stays open: asking again costs one statement.
      const locked = await this.#client.query<{ ok: boolean }>('select pg_try_advisory_lock($1, hashtext($2)) as ok', [RELAY_LOCK, this.options.schema]);
      this.#locked = locked.rows[0]?.ok ?? false;
    }
    return this.#locked ? this.#client : null;
  }

  async #connect(): Promise<Client> {
    const client = new Client({ connectionString: this.options.url, application_name: `switchboard:relay:${this.options.schema}` });
    client.on('error', () => { if (this.#client === client) this.#forget(); });
    await client.connect();
    return client;
  }

  #forget(): void {
    this.#client = null;
    this.#locked = false;
  }

  async #drop(): Promise<void> {
    const client = this.#client;
    this.#forget();
    await client?.end().catch((error: Error) => this.options.logger.debug({ err: error.message }, 'relay connection did not close cleanly'));
  }

  /** Takes the next rows and, in the same transaction, gives feed events their positions. */
  async #assign(client: Client): Promise<OutboxRow[]> {
    const { schema } = this.options;
    try {
      // In one round trip, because most rounds find nothing: pg answers a result for each statement, which its types do not say.
      const [, taken] = await client.query(`begin;
        select id, tenant_id, type, stream_id, group_id, payload, position from ${schema}.outbox order by id limit ${BATCH} for update`) as unknown as
        [QueryResult, QueryResult<OutboxRow>];
      const { rows } = taken;
      const fresh = rows.filter((row) => row.stream_id !== null && row.position === null);
      if (fresh.length > 0) {
        const state = await client.query<{ position: string }>(
          `update ${schema}.feed_state set position = position + $1 returning position`, [fresh.length]);
        const first = BigInt(state.rows[0]?.position ?? 0) - BigInt(fresh.length);
        fresh.forEach((row, index) => { row.position = (first + BigInt(index) + 1n).toString(); });
        await client.query(
          `with given as (select * from unnest($1::bigint[], $2::bigint[]) as g (id, position)),
                marked as (update ${schema}.outbox o set position = g.position from given g where o.id = g.id
                           returning o.tenant_id, o.position, o.event_id, o.type, o.stream_id, o.group_id, o.payload, o.occurred_at)
           insert into ${schema}.feed (tenant_id, position, event_id, type, stream_id, group_id, payload, occurred_at) select * from marked`,
          [fresh.map((row) => row.id), fresh.map((row) => row.position)]);
      }
      await client.query('commit');
      return rows;
    } catch (error) {
      await client.query('rollback');
      throw error;
    }
  }

  async #publish(rows: OutboxRow[]): Promise<void> {
    const { triggers, queue, bus } = this.options;
    await Promise.all([
      bus.publish(FEED_CHANNEL, this.#busMessages(rows.filter((row) => row.position !== null))),
      ...triggers.map((trigger) => queue.enqueue(
        trigger.job, rows.filter((row) => row.type === trigger.event.name).map((row) => trigger.payload(row.tenant_id, row.payload)))),
    ]);
  }

  #busMessages(rows: OutboxRow[]): string[] {
    const messages: string[] = [];
    let events: BusEvent[] = [];
    let bytes = 0;
    const flush = (): void => {
      if (events.length > 0) messages.push(JSON.stringify({ schema: this.options.schema, events }));
      events = [];
      bytes = 0;
    };
    for (const row of rows) {
      const event: BusEvent = { t: row.tenant_id, p: row.position ?? '', y: row.type, s: row.stream_id ?? '', g: row.group_id, d: row.payload };
      const size = Buffer.byteLength(JSON.stringify(event));
      if (bytes + size > MAX_BUS_BYTES) flush();
      events.push(event);
      bytes += size;
    }
    flush();
    return messages;
  }

  healthy(): boolean {
    return this.#loop.healthy();
  }

  async stop(): Promise<void> {
    this.#stopListening();
    await this.#loop.stop();
    await this.#drop();
  }
}
