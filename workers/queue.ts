// BullMQ, and nothing else imports it: queues that carry hints, and workers that run processors.
import { Queue, Worker, createPostgresBackend, runMigrations } from 'bullmq';
import { Client, type Pool } from 'pg';
import type { Logger } from '../subgraphs/kernel/base/logger.js';
import type { Metrics } from '../subgraphs/kernel/base/metrics.js';
import { createPool } from '../subgraphs/kernel/data/driver.js';
import type { JobDefinition, JobQueue } from '../subgraphs/kernel/messaging/jobs.js';

const SCHEMA = 'bullmq';
// Retries here only smooth over a blip; a job that keeps failing is found again by the sweeper, from its table.
const ATTEMPTS = 3;
const BACKOFF_MS = 500;
// The job of a process that died is run again after its lock and two checks: seconds, because until then the sweeper cannot
// enqueue it either (its key is taken). A living process renews; one that stalls longer only has its job run twice, and
// every job may be.
const LOCK_MS = 3_000;
const STALLED_CHECK_MS = 1_500;

const makeQueue = (name: string, pool: Pool) => new Queue(name, { connection: pool }, createPostgresBackend);
const makeWorker = (name: string, run: (data: unknown) => Promise<void>, pool: Pool, concurrency: number) =>
  new Worker(name, ({ data }: { data: unknown }) => run(data), {
    connection: pool, concurrency, lockDuration: LOCK_MS, stalledInterval: STALLED_CHECK_MS,
  }, createPostgresBackend);
type PostgresQueue = ReturnType<typeof makeQueue>;
type PostgresWorker = ReturnType<typeof makeWorker>;

export interface Processor {
  job: JobDefinition;
  run: (payload: unknown) => Promise<unknown>;
}

/** Creates or updates the queue tables. */
export async function migrateQueues(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await runMigrations(client, SCHEMA);
  } finally {
    await client.end();
  }
}

export class Queues implements JobQueue {
  readonly #pool: Pool;
  readonly #queues = new Map<string, PostgresQueue>();
  readonly #workers: PostgresWorker[] = [];

  constructor(url: string, private readonly logger: Logger, private readonly metrics: Metrics, maxConnections = 10) {
    const pinned = new URL(url);
    pinned.searchParams.set('options', `-c search_path=${SCHEMA}`);
    this.#pool = createPool({
      url: pinned.href, maxConnections, name: 'switchboard:queues',
      onError: (error) => logger.warn({ err: error.message }, 'queue connection lost'),
    });
  }

  async enqueue(job: JobDefinition, payloads: unknown[]): Promise<void> {
    if (payloads.length === 0) return;
    await this.#queue(job.name).addBulk(payloads.map((payload) => {
      const data = job.payload.parse(payload);
      return {
        name: job.name, data,
        opts: { jobId: job.key(data), attempts: ATTEMPTS, backoff: { type: 'exponential', delay: BACKOFF_MS }, removeOnComplete: true, removeOnFail: true },
      };
    }));
  }

  /** Starts running jobs of `processor`'s kind in this process. */
  process({ job, run }: Processor): void {
    const worker = makeWorker(job.name, async (data) => {
      const end = this.metrics.jobs.startTimer({ job: job.name });
      try {
        await run(job.payload.parse(data));
        end({ outcome: 'done' });
      } catch (error) {
        end({ outcome: 'failed' });
        this.logger.warn({ job: job.name, err: error }, 'job failed');
        throw error;
      }
    }, this.#pool, job.concurrency);
    worker.on('error', (error) => this.logger.warn({ job: job.name, err: error.message }, 'job worker error'));
    this.#workers.push(worker);
  }

  #queue(name: string): PostgresQueue {
    let queue = this.#queues.get(name);
    if (!queue) {
      queue = makeQueue(name, this.#pool);
      queue.on('error', (error) => this.logger.warn({ queue: name, err: error.message }, 'queue error'));
      this.#queues.set(name, queue);
    }
    return queue;
  }

  /** Lets running jobs finish, then closes. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close()));
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
    await this.#pool.end();
  }
}
