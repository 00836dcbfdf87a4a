// BullMQ's queues in Redis: producers that fail at once while it is away, workers that wait for it.
import { Queue, Worker } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../subgraphs/kernel/base/logger.js';
import { FAIL_FAST, REDIS_OPTIONS, endRedis } from '../subgraphs/kernel/messaging/redis.connection.js';
import { WORKER_TIMING, type HintQueue, type JobWorker, type QueueBackend, type WorkerSettings } from './queue.backend.js';

const PREFIX = 'switchboard';
/** How long finished jobs may take to be reported while closing, before the connections are cut. */
const CLOSE_GRACE_MS = 2_000;
/** Nobody reads BullMQ's event streams: they are kept short. */
const EVENTS_KEPT = 100;

/** One to enqueue, one that all workers share, and for each worker one that blocks until there is a job. */
export const redisQueueConnections = (processors: number): number => 2 + processors;

export class RedisUnavailable extends Error {}

/** A connection that knows the copies BullMQ makes of it, so that none outlives a close. */
class SharedRedis extends Redis {
  readonly copies: Redis[] = [];

  override duplicate(override?: Partial<RedisOptions>): Redis {
    const copy = new Redis({ ...this.options, ...override });
    this.copies.push(copy);
    return copy;
  }
}

export class RedisQueueBackend implements QueueBackend {
  readonly #producer: Redis;
  readonly #consumer: SharedRedis;
  readonly #where: string;

  constructor(url: string, private readonly logger: Logger) {
    this.#where = new URL(url).host;
    this.#producer = new Redis(url, { ...FAIL_FAST, connectionName: 'switchboard:queues' });
    // What a job did is reported when Redis is back, so these wait for it.
    this.#consumer = new SharedRedis(url, { ...REDIS_OPTIONS, connectionName: 'switchboard:workers', maxRetriesPerRequest: null });
    for (const redis of [this.#producer, this.#consumer]) {
      redis.on('error', (error) => logger.warn({ err: error.message }, 'queue connection lost'));
    }
  }

  async queue(name: string, onError: (error: Error) => void): Promise<HintQueue> {
    // BullMQ would wait for the connection, for ever if need be.
    if (this.#producer.status !== 'ready') throw new RedisUnavailable(`Redis at ${this.#where} cannot be reached (${this.#producer.status}).`);
    const queue = new Queue(name, { connection: this.#producer, prefix: PREFIX, streams: { events: { maxLen: EVENTS_KEPT } } });
    queue.on('error', onError);
    await queue.waitUntilReady();
    return queue;
  }

  worker({ name, concurrency, run, onError }: WorkerSettings): JobWorker {
    const options = { connection: this.#consumer, prefix: PREFIX, concurrency, ...WORKER_TIMING };
    const running = new Set<Promise<void>>();
    const worker = new Worker(name, ({ data }: { data: unknown }) => {
      const work = run(data);
      running.add(work);
      const forget = (): void => { running.delete(work); };
      work.then(forget, forget);
      return work;
    }, options);
    worker.on('error', onError);
    return { close: () => this.#closeWorker(worker, async () => { while (running.size > 0) await Promise.allSettled(running); }) };
  }

  /** BullMQ's own close waits for Redis to hear what the last jobs did. That is worth a moment, and no more: a job may run twice. */
  async #closeWorker(worker: Worker, idle: () => Promise<void>): Promise<void> {
    if (this.#consumer.status === 'ready') {
      const late = idle().then(() => sleep(CLOSE_GRACE_MS, 'late', { ref: false }));
      if (await Promise.race([worker.close(), late]) !== 'late') return;
    } else {
      await worker.pause(true);
      await idle();
      await worker.close(true);
    }
    this.logger.warn({ job: worker.name }, 'Redis did not hear what the last jobs did: they will run again');
  }

  async close(): Promise<void> {
    await Promise.all([this.#producer, this.#consumer, ...this.#consumer.copies].map(endRedis));
  }
}
