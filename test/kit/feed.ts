// A feed with everything that feeds it: units of work of the probe subgraph, the bus, relays that can be started and cut, and streams.
import { Client } from 'pg';
import { noCrash } from '../../subgraphs/kernel/base/crash-points.js';
import { systemActor } from '../../subgraphs/kernel/base/actor.js';
import { systemClock } from '../../subgraphs/kernel/base/clock.js';
import { newId } from '../../subgraphs/kernel/base/ids.js';
import { silentLogger } from '../../subgraphs/kernel/base/logger.js';
import { Metrics } from '../../subgraphs/kernel/base/metrics.js';
import { Database } from '../../subgraphs/kernel/data/database.js';
import { tenantScope } from '../../subgraphs/kernel/data/scope.js';
import { PostgresBus } from '../../subgraphs/kernel/messaging/bus.postgres.js';
import { FeedHub, type FeedFilter, type FeedItem, type FeedStream } from '../../subgraphs/kernel/messaging/feed.js';
import { runUnit, type UnitOfWorkDeps } from '../../subgraphs/kernel/messaging/unit-of-work.js';
import { Relay, type RelayOptions } from '../../workers/relay/relay.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { NoteAdded, NoteRow, probeMigrations } from './probe.js';

const unused = async (): Promise<void> => { throw new Error('No event of this feed starts a job.'); };

export class TestFeed {
  readonly #relays: Relay[] = [];

  private constructor(
    readonly server: TestDatabase, readonly admin: Client, readonly database: Database, readonly bus: PostgresBus, readonly hub: FeedHub,
    readonly unit: UnitOfWorkDeps,
  ) {}

  static async open(): Promise<TestFeed> {
    const server = await createTestDatabase([{ schema: 'probe', migrations: probeMigrations }]);
    const admin = new Client({ connectionString: server.adminUrl });
    await admin.connect();
    const url = server.urls.app['probe'] ?? '';
    const database = await Database.open({ url, name: 'probe', entities: [NoteRow], maxConnections: 6, logger: silentLogger });
    const bus = await PostgresBus.open(url, silentLogger);
    const unit = { schema: 'probe', database, bus, clock: systemClock, ids: {} };
    return new TestFeed(server, admin, database, bus, new FeedHub('probe', database, bus), unit);
  }

  relay(options: Partial<RelayOptions> = {}): Relay {
    const relay = new Relay({
      schema: 'probe', url: this.server.urls.system, triggers: [], queue: { enqueue: unused }, bus: this.bus, logger: silentLogger, metrics: new Metrics(), crash: noCrash,
      ...options,
    });
    this.#relays.push(relay);
    return relay;
  }

  async stopRelays(): Promise<void> {
    await Promise.all(this.#relays.splice(0).map((relay) => relay.stop()));
  }

  /** Commits these numbers as events of one stream, in one unit of work. */
  emit({ tenantId, id }: FeedFilter, numbers: number[], options: { groupId?: string; padding?: string } = {}): Promise<void> {
    return runUnit(this.unit, tenantScope(tenantId), { actor: systemActor(tenantId), correlationId: 'test' }, async (unit) => {
      for (const number of numbers) unit.emit(NoteAdded, { number, padding: options.padding ?? '' }, { streamId: id, groupId: options.groupId ?? null });
    });
  }

  async drained(): Promise<void> {
    while ((await this.admin.query('select 1 from probe.outbox limit 1')).rowCount) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  /** Cuts the connections of this application name. @returns how many */
  async cut(applicationName: string, onlyLockHolders = false): Promise<number> {
    const cut = await this.admin.query(`select pg_terminate_backend(pid) from pg_stat_activity a where datname = current_database() and application_name = $1
      and (not $2 or exists (select from pg_locks l where l.pid = a.pid and l.locktype = 'advisory' and l.granted))`, [applicationName, onlyLockHolders]);
    return cut.rowCount ?? 0;
  }

  async close(): Promise<void> {
    await this.stopRelays();
    this.hub.close();
    await this.bus.close();
    await this.database.close();
    await this.admin.end();
    await this.server.drop();
  }
}

export const newStream = (): FeedFilter => ({ tenantId: newId(), by: 'stream', id: newId() });
export const span = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);
export const numberOf = (item: FeedItem | null): number =>
  item?.kind === 'event' ? NoteAdded.payload.parse(item.event.payload).number : Number.NaN;

/** The next `count` items. */
export async function take(stream: FeedStream, count: number): Promise<FeedItem[]> {
  const items: FeedItem[] = [];
  while (items.length < count) {
    const item = await stream.next();
    if (!item) throw new Error(`The stream ended after ${items.length} of ${count} items.`);
    items.push(item);
  }
  return items;
}
export const takeNumbers = async (stream: FeedStream, count: number): Promise<number[]> => (await take(stream, count)).map(numberOf);

/** True when nothing more comes for a moment. */
export async function isQuiet(stream: FeedStream, milliseconds = 120): Promise<boolean> {
  const next = stream.next();
  const quiet = await Promise.race([next.then(() => false), new Promise<boolean>((resolve) => setTimeout(resolve, milliseconds, true))]);
  stream.end();
  await next;
  return quiet;
}
