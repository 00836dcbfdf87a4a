// What a server of queues offers. BullMQ's classes fit; nothing outside queue*.ts knows them.

/** Accepts hints; one whose job id is already waiting or running is dropped. */
export interface HintQueue {
  addBulk(jobs: { name: string; data: unknown; opts: HintOptions }[]): Promise<unknown>;
  close(): Promise<void>;
}

export interface HintOptions {
  jobId: string;
  /** Lower ones are run first. */
  priority: number;
  attempts: number;
  /** Milliseconds before the second attempt; doubled for each one after it. */
  backoff: { type: string; delay: number };
  removeOnComplete: boolean;
  removeOnFail: boolean;
}

export interface JobWorker {
  /** Takes no more jobs; resolves when the running ones have ended and, if the server is there, are reported. */
  close(): Promise<void>;
}

export interface WorkerSettings {
  name: string;
  concurrency: number;
  run: (data: unknown) => Promise<void>;
  onError: (error: Error) => void;
}

export interface QueueBackend {
  /** Resolves when the queue is ready. @throws when the server is away, soon: nothing is kept for later */
  queue(name: string, onError: (error: Error) => void): Promise<HintQueue>;
  /** Begins by itself as soon as the server is there. */
  worker(settings: WorkerSettings): JobWorker;
  /** Ends the connections, once queues and workers are closed. */
  close(): Promise<void>;
}

/**
 * The job of a process that died is run again after its lock and two checks: seconds, because until then the sweeper cannot
 * enqueue it either (its key is taken). A living process renews; one that stalls longer only has its job run twice, and every job may be.
 */
export const WORKER_TIMING = {
  lockDuration: 3_000,
  stalledInterval: 1_500,
  /** Before jobs are fetched again after the connection was lost. */
  runRetryDelay: 1_000,
};
