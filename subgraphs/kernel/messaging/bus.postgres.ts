// The bus over PostgreSQL LISTEN/NOTIFY: one listening connection, one pool of two for sending.
import { Client, type Pool } from 'pg';
import type { Logger } from '../base/logger.js';
import { createPool } from '../data/driver.js';
import { FEED_CHANNEL, WAKE_CHANNEL, type Bus, type BusListener } from './bus.js';

const WAKE_DEBOUNCE_MS = 2;
const RECONNECT_MS = 200;

export class PostgresBus implements Bus {
  readonly #listeners = new Map<string, Set<BusListener>>([[WAKE_CHANNEL, new Set()], [FEED_CHANNEL, new Set()]]);
  readonly #pool: Pool;
  readonly #waking = new Set<string>();
  #wakeTimer: NodeJS.Timeout | null = null;
  #reconnectTimer: NodeJS.Timeout | null = null;
  #client: Client | null = null;
  #closed = false;

  constructor(private readonly url: string, private readonly logger: Logger) {
    this.#pool = createPool({
      url, maxConnections: 2, name: 'switchboard:bus',
      onError: (error) => logger.warn({ err: error.message }, 'bus connection lost'),
    });
  }

  static async open(url: string, logger: Logger): Promise<PostgresBus> {
    const bus = new PostgresBus(url, logger);
    await bus.#connect();
    return bus;
  }

  async #connect(): Promise<void> {
    const client = new Client({ connectionString: this.url, application_name: 'switchboard:listen', keepAlive: true });
    client.on('notification', ({ channel, payload }) => {
      for (const listener of this.#listeners.get(channel) ?? []) this.#deliver(listener, channel, payload ?? '');
    });
    const lost = (error?: Error): void => {
      if (this.#client !== client) return;
      this.#client = null;
      if (!this.#closed) this.#reconnectLater(error);
    };
    client.on('error', lost);
    client.on('end', () => lost());
    await client.connect();
    try {
      for (const channel of this.#listeners.keys()) await client.query(`listen ${channel}`);
    } catch (error) {
      await client.end();
      throw error;
    }
    if (this.#closed) await client.end();
    else this.#client = client;
  }

  /** Any login of the database may notify: what a listener cannot read must not end the process, nor keep it from others. */
  #deliver(listener: BusListener, channel: string, payload: string): void {
    try {
      listener.message(payload);
    } catch (error) {
      this.logger.warn({ channel, err: error }, 'a bus message is unreadable; its listeners read the tables again');
      listener.gap();
    }
  }

  #reconnectLater(cause?: Error): void {
    this.logger.warn({ err: cause?.message }, 'bus listener lost its connection; reconnecting');
    this.#reconnectTimer = setTimeout(() => {
      if (this.#closed) return;
      this.#connect().then(
        () => { for (const set of this.#listeners.values()) for (const listener of set) listener.gap(); },
        (error: Error) => { if (!this.#closed) this.#reconnectLater(error); },
      );
    }, RECONNECT_MS);
  }

  async publish(channel: string, payloads: string[]): Promise<void> {
    if (payloads.length === 0) return;
    await this.#pool.query('select pg_notify($1, payload) from unnest($2::text[]) with ordinality as sent (payload, at) order by at', [channel, payloads]);
  }

  listen(channel: string, listener: BusListener): () => void {
    const set = this.#listeners.get(channel);
    if (!set) throw new Error(`Unknown bus channel ${channel}.`);
    set.add(listener);
    return () => set.delete(listener);
  }

  wake(schema: string): void {
    if (this.#closed) return;
    this.#waking.add(schema);
    this.#wakeTimer ??= setTimeout(() => {
      this.#wakeTimer = null;
      const schemas = [...this.#waking];
      this.#waking.clear();
      // Losing a wake-up costs one poll interval, so a failure is worth a debug line and nothing more.
      this.publish(WAKE_CHANNEL, schemas).catch((error: Error) => this.logger.debug({ err: error.message }, 'wake-up not sent'));
    }, WAKE_DEBOUNCE_MS);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#wakeTimer) clearTimeout(this.#wakeTimer);
    if (this.#reconnectTimer) clearTimeout(this.#reconnectTimer);
    await this.#client?.end();
    await this.#pool.end();
  }
}
