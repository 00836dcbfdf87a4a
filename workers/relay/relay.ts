// The relay of one schema: outbox -> feed positions -> queues and bus -> delete. One is active, by advisory lock.
import { Client } from 'pg';
import type { CrashPoint } from '../../subgraphs/kernel/base/crash-points.js';
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
import type { Metrics } from '../../subgraphs/kernel/base/metrics.js';
import { FEED_CHANNEL, WAKE_CHANNEL, type Bus } from '../../subgraphs/kernel/messaging/bus.js';
import type { BusEvent } from '../../subgraphs/kernel/messaging/feed.js';
import type { JobQueue, JobTrigger } from '../../subgraphs/kernel/messaging/jobs.js';
import { Loop } from '../loop.js';
import type { RelayCrashPoint } from './relay.crash.js';

const BATCH = 200;
// Who commits wakes the relay, so these are for what was committed by a process that died before it could.
const POLL_MS = 75;
const RESTING_POLL_MS = 1_000;
/** Room for the envelope inside a notification of 8,000 bytes. */
const MAX_BUS_BYTES = 7_000;
const RELAY_LOCK = 7_316_210;

/** Which job an event enqueues, of whichever subgraph. */
export type RelayTrigger = Pick<JobTrigger, 'job' | 'payload'> & { event: { name: string } };

export interface RelayOptions {
  schema: string;
  /** Login of the system role. */
  url: string;
  triggers: RelayTrigger[];
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

const assignStatement = (schema: string): string => `
  with taken as (
    select id, tenant_id, event_id, type, stream_id, group_id, payload, occurred_at, position from ${schema}.outbox order by id limit $1 for update
  ), fresh as (
    select *, row_number() over (order by id) as place, count(*) over () as total from taken where stream_id is not null and position is null
  ), state as (
    update ${schema}.feed_state set position = position + (select count(*) from fresh) where exists (select from fresh) returning position
  ), given as (
    select fresh.*, state.position - total + place as given_position from fresh, state
  ), marked as (
    update ${schema}.outbox o set position = given_position from given where o.id = given.id
  ), fed as (
    insert into ${schema}.feed (tenant_id, position, event_id, type, stream_id, group_id, payload, occurred_at)
    select tenant_id, given_position, event_id, type, stream_id, group_id, payload, occurred_at from given order by place
  )
  select taken.id, taken.tenant_id, taken.type, taken.stream_id, taken.group_id, taken.payload, coalesce(taken.position, given_position) as position
  from taken left join given on given.id = taken.id order by taken.id`;

export class Relay {
  readonly #loop: Loop;
  readonly #stopListening: () => void;
  #client: Client | null = null;
  #locked = false;

  constructor(private readonly options: RelayOptions) {
    this.#loop = new Loop({ name: `relay ${options.schema}`, everyMs: POLL_MS, restingMs: RESTING_POLL_MS, round: () => this.#round(), logger: options.logger });
    this.#stopListening = options.bus.listen(WAKE_CHANNEL, {
      message: (schema) => { if (schema === options.schema) this.#loop.wake(); },
      gap: () => this.#loop.wake(),
    });
  }

  async #round(): Promise<boolean | null> {
    try {
      const client = await this.#active();
      if (!client) return null;
      const rows = await this.#assign(client);
      if (rows.length === 0) return null;
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
    const client = new Client({
      connectionString: this.options.url, application_name: `switchboard:relay:${this.options.schema}`,
      // The outbox is nearly empty when the plan is made, but full of rows just deleted later on: only the index passes over those.
      options: '-c enable_seqscan=off',
    });
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

  /** Takes the next rows and gives feed events their positions, committed together. Prepared: most rounds find nothing, and many come a second. */
  async #assign(client: Client): Promise<OutboxRow[]> {
    return (await client.query<OutboxRow>({ name: 'assign', text: assignStatement(this.options.schema), values: [BATCH] })).rows;
  }

  async #publish(rows: OutboxRow[]): Promise<void> {
    const { triggers, queue, bus } = this.options;
    await Promise.all([
      bus.publish(FEED_CHANNEL, this.#busMessages(rows.filter((row) => row.position !== null))),
      ...triggers.map((trigger) => queue.enqueue(trigger.job, rows.filter((row) => row.type === trigger.event.name).flatMap((row) => this.#payload(trigger, row)))),
    ]);
  }

  /** A subgraph that does not understand another's event must not hold up everything else that one has to say. Who needs an answer asks again. */
  #payload({ event, job, payload }: RelayTrigger, row: OutboxRow): unknown[] {
    try {
      return [job.payload.parse(payload(row.tenant_id, row.payload))];
    } catch (error) {
      this.options.logger.error({ schema: this.options.schema, event: event.name, job: job.name, outbox: row.id, err: error }, 'an event was not understood by the job it starts');
      return [];
    }
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
