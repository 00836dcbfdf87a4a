// Work that waits in tables and is taken straight from them: looked for when there is news and by the clock, some of it done at once, tenants in turns.
import { LRUCache } from 'lru-cache';
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
import type { Metrics } from '../../subgraphs/kernel/base/metrics.js';
import { WAKE_CHANNEL, type Bus } from '../../subgraphs/kernel/messaging/bus.js';
import { Loop } from '../loop.js';

export interface LanesOptions<Work extends { tenantId: string }> {
  name: string;
  /** Whose news are waited for: the schema. */
  schema: string;
  /** How its runs are called in the metrics of jobs. */
  job: string;
  /** What waits, across tenants, up to a bound. */
  find: () => Promise<Work[]>;
  /** One lane at a time has it in this process; what other processes do is for the tables to say. */
  keyOf: (work: Work) => string;
  /** A share of it, after which others have their turn; what is left is found again. @returns how much was done: when it was nothing, somebody else has it just now */
  run: (work: Work) => Promise<number>;
  /** At the same time in this process. */
  lanes: number;
  bus: Bus;
  logger: Logger;
  metrics: Metrics;
}

// Who writes such work tells so, so these are for what was written by a process that died before it could.
const POLL_MS = 250;
const RESTING_POLL_MS = 1_000;
/** What was found this long ago may not be all that waits: whoever came since has a turn too. */
const FRESH_MS = 100;
/** Work whose run failed, or found nothing to do, is left alone for so long. */
const REST_MS = 500;

export class Lanes<Work extends { tenantId: string }> {
  readonly #loop: Loop;
  readonly #stopListening: () => void;
  readonly #running = new Map<string, Promise<void>>();
  /** When it had its turn: who waited longest is next, first among tenants, then among what is one tenant's. */
  readonly #turns = new LRUCache<string, number>({ max: 10_000 });
  readonly #resting = new LRUCache<string, true>({ max: 10_000, ttl: REST_MS });
  #turn = 0;
  #found: Work[] = [];
  #foundAt = 0;
  #stopping = false;

  constructor(private readonly options: LanesOptions<Work>) {
    const { name, schema, bus, logger } = options;
    this.#loop = new Loop({ name, everyMs: POLL_MS, restingMs: RESTING_POLL_MS, round: () => this.#round(), logger });
    this.#stopListening = bus.listen(WAKE_CHANNEL, {
      message: (woken) => { if (woken === schema) this.#loop.wake(); },
      gap: () => this.#loop.wake(),
    });
  }

  async #round(): Promise<false | null> {
    const { find, lanes } = this.options;
    // The lane that ends first wakes the loop.
    if (this.#running.size >= lanes) return false;
    if (this.#found.length === 0 || performance.now() - this.#foundAt > FRESH_MS) {
      this.#found = await find();
      this.#foundAt = performance.now();
    }
    const nothing = this.#found.length === 0;
    this.#fill();
    return nothing ? null : false;
  }

  #fill(): void {
    const { keyOf, lanes } = this.options;
    const lastOf = (key: string): number => this.#turns.get(key) ?? 0;
    while (this.#running.size < lanes && !this.#stopping) {
      const free = this.#found.filter((work) => !this.#running.has(keyOf(work)) && !this.#resting.has(keyOf(work)));
      const [next] = free.toSorted((a, b) => lastOf(a.tenantId) - lastOf(b.tenantId) || lastOf(keyOf(a)) - lastOf(keyOf(b)));
      this.#found = free.filter((work) => work !== next);
      if (next) this.#start(next);
      else return;
    }
  }

  #start(work: Work): void {
    const key = this.options.keyOf(work);
    this.#turn += 1;
    for (const one of [work.tenantId, key]) this.#turns.set(one, this.#turn);
    this.#running.set(key, this.#lane(work).finally(() => {
      this.#running.delete(key);
      this.#loop.wake();
    }));
  }

  async #lane(work: Work): Promise<void> {
    const { name, job, run, logger, metrics } = this.options;
    const end = metrics.jobs.startTimer({ job });
    metrics.jobsRunning.inc({ job });
    try {
      if (await run(work) === 0) this.#resting.set(this.options.keyOf(work), true);
      end({ outcome: 'done' });
    } catch (error) {
      end({ outcome: 'failed' });
      logger.warn({ loop: name, work: this.options.keyOf(work), err: error }, 'work failed; it is found again');
      this.#resting.set(this.options.keyOf(work), true);
    } finally {
      metrics.jobsRunning.dec({ job });
    }
  }

  healthy(): boolean {
    return this.#loop.healthy();
  }

  /** Ends after what runs. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#stopListening();
    await this.#loop.stop();
    await Promise.all(this.#running.values());
  }
}
