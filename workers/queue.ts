// Queues that carry hints and the workers that run them: on Redis or PostgreSQL, as the URL says. Losing a queue loses nothing.
import { isRedisUrl } from '../subgraphs/kernel/base/config.js';
import type { Logger } from '../subgraphs/kernel/base/logger.js';
import type { Metrics } from '../subgraphs/kernel/base/metrics.js';
import type { JobDefinition, JobQueue } from '../subgraphs/kernel/messaging/jobs.js';
import type { HintQueue, JobWorker, QueueBackend } from './queue.backend.js';
import { PostgresQueueBackend, migratePostgresQueues } from './queue.postgres.js';
import { RedisQueueBackend } from './queue.redis.js';

// Retries here only smooth over a blip; a job that keeps failing is found again by the sweeper, from its table.
const ATTEMPTS = 3;
const BACKOFF_MS = 500;

export interface Processor {
  job: JobDefinition;
  run: (payload: unknown) => Promise<unknown>;
}

export interface QueuesOptions {
  /** `redis://…` or `rediss://…`: BullMQ on Redis. `postgres://…`, the login of the system role: BullMQ in schema `bullmq`. */
  url: string;
  logger: Logger;
  metrics: Metrics;
  /** Of the pool on PostgreSQL, 10 when absent; on Redis their number follows from the processors. */
  maxConnections?: number;
}

/** Creates or updates the tables of the queues; Redis needs none. */
export const migrateQueues = async (url: string): Promise<void> => {
  if (!isRedisUrl(url)) await migratePostgresQueues(url);
};

export class Queues implements JobQueue {
  readonly #backend: QueueBackend;
  readonly #queues = new Map<string, Promise<HintQueue>>();
  readonly #workers: JobWorker[] = [];
  readonly #logger: Logger;
  readonly #metrics: Metrics;

  constructor({ url, logger, metrics, maxConnections }: QueuesOptions) {
    this.#logger = logger;
    this.#metrics = metrics;
    this.#backend = isRedisUrl(url) ? new RedisQueueBackend(url, logger) : new PostgresQueueBackend(url, logger, maxConnections);
  }

  /** @throws when the server cannot take them now: the caller still has the rows and comes again */
  async enqueue(job: JobDefinition, payloads: unknown[]): Promise<void> {
    if (payloads.length === 0) return;
    const hints = payloads.map((payload) => {
      const data = job.payload.parse(payload);
      return {
        name: job.name, data,
        opts: { jobId: job.key(data), priority: job.rank?.(data) ?? 0, attempts: ATTEMPTS, backoff: { type: 'exponential', delay: BACKOFF_MS }, removeOnComplete: true, removeOnFail: true },
      };
    });
    const queue = await this.#queue(job.name);
    await queue.addBulk(hints);
  }

  /** Starts running jobs of `processor`'s kind in this process. */
  process({ job, run }: Processor): void {
    this.#workers.push(this.#backend.worker({
      name: job.name, concurrency: job.concurrency, onError: this.#complaints({ job: job.name }),
      run: (data) => this.#run({ job, run }, data),
    }));
  }

  async #run({ job, run }: Processor, data: unknown): Promise<void> {
    const end = this.#metrics.jobs.startTimer({ job: job.name });
    this.#metrics.jobsRunning.inc({ job: job.name });
    try {
      await run(job.payload.parse(data));
      end({ outcome: 'done' });
    } catch (error) {
      end({ outcome: 'failed' });
      this.#logger.warn({ job: job.name, err: error }, 'job failed');
      throw error;
    } finally {
      this.#metrics.jobsRunning.dec({ job: job.name });
    }
  }

  #queue(name: string): Promise<HintQueue> {
    let queue = this.#queues.get(name);
    if (!queue) {
      queue = this.#backend.queue(name, this.#complaints({ queue: name }));
      this.#queues.set(name, queue);
      queue.catch(() => this.#queues.delete(name));
    }
    return queue;
  }

  /** A server that is ill makes the same error many times a second: one line a second says enough. */
  #complaints(of: Record<string, string>): (error: Error) => void {
    let last = 0;
    return (error) => {
      if (Date.now() - last < 1_000) return;
      last = Date.now();
      this.#logger.warn({ ...of, err: error.message }, 'queue error');
    };
  }

  /** Takes no more jobs, lets running ones finish, then closes. Ends also while the server is away. */
  async close(): Promise<void> {
    const queues = [...this.#queues.values()].map(async (queue) => (await queue).close());
    const closed = await Promise.allSettled([...this.#workers.map((worker) => worker.close()), ...queues]);
    for (const one of closed) {
      if (one.status === 'rejected') this.#logger.warn({ err: (one.reason as Error).message }, 'a queue did not close cleanly');
    }
    await this.#backend.close();
  }
}
