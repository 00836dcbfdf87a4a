// The bus over Redis publish/subscribe: one connection that listens, one that sends and fails at once while it is cut.
import { Redis } from 'ioredis';
import { ConfigError } from '../base/config.js';
import type { Logger } from '../base/logger.js';
import { ListenerBus } from './bus.base.js';
import { FAIL_FAST, REDIS_ANSWER_MS, endRedis } from './redis.connection.js';

/** Connections that one bus holds: one that listens, one that sends. */
export const REDIS_BUS_CONNECTIONS = 2;

/** How often a listener, which otherwise only waits, asks whether its server is still there. */
const HEARTBEAT_MS = 5_000;

export interface RedisBusTiming {
  heartbeatMs: number;
  answerMs: number;
}

export class RedisBus extends ListenerBus {
  readonly #sender: Redis;
  readonly #listener: Redis;
  readonly #heartbeat: NodeJS.Timeout;
  /** Redis shares channels between its databases: two installations on one server must not hear each other. */
  readonly #suffix: string;
  #lost = false;

  private constructor(url: string, logger: Logger, { heartbeatMs, answerMs }: RedisBusTiming) {
    super(logger);
    // The relay keeps the rows it could not publish, and a lost wake-up costs one poll: nothing waits for a connection.
    // Channels are subscribed by hand below, to know when the gap has ended.
    const options = { ...FAIL_FAST, commandTimeout: answerMs, lazyConnect: true, autoResubscribe: false };
    this.#sender = new Redis(url, { ...options, connectionName: 'switchboard:bus' });
    this.#listener = new Redis(url, { ...options, connectionName: 'switchboard:listen' });
    this.#suffix = `/${this.#listener.options.db ?? 0}`;
    this.#sender.on('error', (error) => logger.debug({ err: error.message }, 'bus sender cannot reach Redis'));
    this.#listener.on('error', (error) => logger.debug({ err: error.message }, 'bus listener cannot reach Redis'));
    // Not before those who missed something have been told to read the tables: news would make them pass over what they missed.
    this.#listener.on('message', (channel, payload) => { if (!this.#lost) this.deliver(channel.slice(0, -this.#suffix.length), payload); });
    this.#heartbeat = setInterval(() => {
      if (this.#listener.status !== 'ready') return;
      this.#listener.ping().catch(() => { if (!this.closed) this.#listener.disconnect(true); });
    }, heartbeatMs).unref();
  }

  /** @throws ConfigError when Redis cannot be reached or refuses the login; later losses are mended by reconnecting */
  static async open(url: string, logger: Logger, timing: RedisBusTiming = { heartbeatMs: HEARTBEAT_MS, answerMs: REDIS_ANSWER_MS }): Promise<RedisBus> {
    const bus = new RedisBus(url, logger, timing);
    try {
      await Promise.all([connected(bus.#sender), connected(bus.#listener)]);
      await bus.#subscribe();
    } catch (error) {
      await bus.close();
      throw new ConfigError(`The bus cannot use Redis at ${new URL(url).host}: ${(error as Error).message}. Check BUS_URL and REDIS_URL.`);
    }
    bus.#listener.on('close', () => bus.#onLost());
    bus.#listener.on('ready', () => bus.#onReconnected());
    return bus;
  }

  #onLost(): void {
    if (this.#lost || this.closed) return;
    this.#lost = true;
    this.logger.warn('bus listener lost its connection; reconnecting');
  }

  #onReconnected(): void {
    this.#subscribe().then(() => {
      this.#lost = false;
      this.gap();
    }, (error: Error) => {
      if (this.closed) return;
      this.logger.warn({ err: error.message }, 'bus listener could not subscribe; reconnecting');
      this.#listener.disconnect(true);
    });
  }

  async #subscribe(): Promise<void> {
    await this.#listener.subscribe(...this.channels.map((channel) => channel + this.#suffix));
  }

  /** @throws at once while Redis is away: nothing is kept for later */
  async publish(channel: string, payloads: string[]): Promise<void> {
    if (payloads.length === 0) return;
    const pipeline = this.#sender.pipeline();
    for (const payload of payloads) pipeline.publish(channel + this.#suffix, payload);
    for (const [error] of await pipeline.exec() ?? []) if (error) throw error;
  }

  protected async disconnect(): Promise<void> {
    clearInterval(this.#heartbeat);
    // What is being sent is let through; the answer only says so.
    if (this.#sender.status === 'ready') {
      await this.#sender.quit().catch((error: Error) => this.logger.debug({ err: error.message }, 'bus sender did not close cleanly'));
    }
    await Promise.all([endRedis(this.#sender), endRedis(this.#listener)]);
  }
}

/** Connects for the first time, telling why it could not. */
async function connected(redis: Redis): Promise<void> {
  let cause: Error | undefined;
  const remember = (error: Error): void => { cause ??= error; };
  redis.on('error', remember);
  try {
    await redis.connect();
  } catch (error) {
    throw cause ?? error;
  } finally {
    redis.off('error', remember);
  }
}
