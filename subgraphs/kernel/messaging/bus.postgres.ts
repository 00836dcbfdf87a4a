// The bus over PostgreSQL LISTEN/NOTIFY: one listening connection, one pool of two for sending.
import { Client, type Pool } from 'pg';
import type { Logger } from '../base/logger.js';
import { createPool } from '../data/driver.js';
import { ListenerBus } from './bus.base.js';

const RECONNECT_MS = 200;
/** Whatever of connecting takes longer is begun anew: a connection that is cut just then may say nothing. */
const CONNECTING_MS = 5_000;
const SENDING_CONNECTIONS = 2;
/** Connections that one bus holds at most: those that send, and the one that listens. */
export const POSTGRES_BUS_CONNECTIONS = SENDING_CONNECTIONS + 1;

export class PostgresBus extends ListenerBus {
  readonly #pool: Pool;
  #reconnectTimer: NodeJS.Timeout | null = null;
  #client: Client | null = null;

  private constructor(private readonly url: string, logger: Logger) {
    super(logger);
    this.#pool = createPool({
      url, maxConnections: SENDING_CONNECTIONS, name: 'switchboard:bus',
      onError: (error) => logger.warn({ err: error.message }, 'bus connection lost'),
    });
  }

  static async open(url: string, logger: Logger): Promise<PostgresBus> {
    const bus = new PostgresBus(url, logger);
    await bus.#connect();
    return bus;
  }

  async #connect(): Promise<void> {
    const client = new Client({ connectionString: this.url, application_name: 'switchboard:listen', keepAlive: true, connectionTimeoutMillis: CONNECTING_MS, query_timeout: CONNECTING_MS });
    let broken: Error | null = null;
    // Not before those who missed something have been told to read the tables: news would make them pass over what they missed.
    client.on('notification', ({ channel, payload }) => { if (this.#client === client) this.deliver(channel, payload ?? ''); });
    const lost = (error?: Error): void => {
      broken ??= error ?? new Error('The connection ended.');
      if (this.#client !== client) return;
      this.#client = null;
      if (!this.closed) this.#reconnectLater(error);
    };
    client.on('error', lost);
    client.on('end', () => lost());
    try {
      await client.connect();
      for (const channel of this.channels) await client.query(`listen ${channel}`);
      // Cut between its last answer and here, it has told so already.
      if (broken !== null) throw broken as Error;
    } catch (error) {
      // Not waited for: of a connection that broke the end may never come.
      client.end().catch((failure: Error) => this.logger.warn({ err: failure.message }, 'a bus connection did not end cleanly'));
      throw error;
    }
    if (this.closed) await client.end();
    else this.#client = client;
  }

  #reconnectLater(cause?: Error): void {
    this.logger.warn({ err: cause?.message }, 'bus listener lost its connection; reconnecting');
    this.#reconnectTimer = setTimeout(() => {
      if (this.closed) return;
      this.#connect().then(() => this.gap(), (error: Error) => { if (!this.closed) this.#reconnectLater(error); });
    }, RECONNECT_MS);
  }

  async publish(channel: string, payloads: string[]): Promise<void> {
    if (payloads.length === 0) return;
    await this.#pool.query('select pg_notify($1, payload) from unnest($2::text[]) with ordinality as sent (payload, at) order by at', [channel, payloads]);
  }

  protected async disconnect(): Promise<void> {
    if (this.#reconnectTimer) clearTimeout(this.#reconnectTimer);
    await this.#client?.end();
    await this.#pool.end();
  }
}
