// BullMQ's queues in PostgreSQL: the schema `bullmq`, written by the system role through one pool.
import { Queue, Worker, createPostgresBackend, runMigrations } from 'bullmq';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type Pool } from 'pg';
import type { Logger } from '../subgraphs/kernel/base/logger.js';
import { createPool } from '../subgraphs/kernel/data/driver.js';
import { WORKER_TIMING, type HintQueue, type JobWorker, type QueueBackend, type WorkerSettings } from './queue.backend.js';
import { SharedListener } from './queue.postgres.listener.js';

const SCHEMA = 'bullmq';
/** One listens for all workers, for good; the rest is to work with. */
const MAX_CONNECTIONS = 10;
const RETRY_MS = 500;

/** Creates or updates the queue tables. */
export async function migratePostgresQueues(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await runMigrations(client, SCHEMA);
  } finally {
    await client.end();
  }
}

interface Startable {
  on(event: 'error', listener: (error: Error) => void): unknown;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
}

export class PostgresQueueBackend implements QueueBackend {
  readonly #pool: Pool;
  readonly #listener: SharedListener;

  constructor(url: string, logger: Logger, maxConnections = MAX_CONNECTIONS) {
    const pinned = new URL(url);
    pinned.searchParams.set('options', `-c search_path=${SCHEMA}`);
    this.#pool = createPool({
      url: pinned.href, maxConnections, name: 'switchboard:queues',
      onError: (error) => logger.warn({ err: error.message }, 'queue connection lost'),
    });
    this.#listener = new SharedListener(this.#pool);
  }

  async queue(name: string, onError: (error: Error) => void): Promise<HintQueue> {
    await this.#answers();
    const queue = new Queue(name, { connection: this.#listener as unknown as Pool }, createPostgresBackend);
    return this.#ready(queue, onError);
  }

  worker(settings: WorkerSettings): JobWorker {
    const closing = new AbortController();
    const started = this.#start(settings, closing.signal);
    return {
      close: async () => {
        closing.abort();
        await (await started)?.close();
      },
    };
  }

  async #start({ name, concurrency, run, onError }: WorkerSettings, closing: AbortSignal): Promise<JobWorker | null> {
    while (!closing.aborted) {
      try {
        await this.#answers();
        const options = { connection: this.#listener as unknown as Pool, concurrency, autorun: false, ...WORKER_TIMING };
        const worker = await this.#ready(new Worker(name, ({ data }: { data: unknown }) => run(data), options, createPostgresBackend), onError);
        worker.run().catch(onError);
        return worker;
      } catch (error) {
        onError(error as Error);
        await sleep(RETRY_MS, undefined, { signal: closing }).catch(() => undefined);
      }
    }
    return null;
  }

  /** BullMQ remembers for ever that its first connection failed, and a worker then spins: so it begins only on a server that answers. */
  async #answers(): Promise<void> {
    await this.#pool.query('select 1');
  }

  async #ready<T extends Startable>(started: T, onError: (error: Error) => void): Promise<T> {
    started.on('error', onError);
    try {
      await started.waitUntilReady();
      return started;
    } catch (error) {
      await started.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#listener.end();
    await this.#pool.end();
  }
}
