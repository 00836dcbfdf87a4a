// A loop that runs when woken and at least every so often, one round at a time, and survives its own errors.
import type { Logger } from '../subgraphs/kernel/base/logger.js';

export interface LoopOptions {
  name: string;
  /** Longest time between two rounds. */
  everyMs: number;
  /** Where rounds that find nothing cost something: each such round doubles the time to the next, up to this. Waking ends it. */
  restingMs?: number;
  /** One round. Returns true when there may be more at once, null when there was nothing to do. */
  round: () => Promise<boolean | null>;
  logger: Logger;
  /** Waits this long after a round before the next, however often it is woken; 0 when absent. */
  gatherMs?: number;
}

/** A loop whose last round ended longer ago than this has stopped working. */
const STALE_MS = 10_000;

const PAUSE_AFTER_ERROR_MS = 500;

export class Loop {
  #woken = false;
  #stopped = false;
  #wake: (() => void) | null = null;
  #lastRound = Date.now();
  #pauseMs: number;
  readonly #running: Promise<void>;

  constructor(private readonly options: LoopOptions) {
    this.#pauseMs = options.everyMs;
    this.#running = this.#run();
  }

  wake(): void {
    this.#woken = true;
    this.#wake?.();
  }

  healthy(): boolean {
    return !this.#stopped && Date.now() - this.#lastRound < STALE_MS;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      if (this.#woken) this.#pauseMs = this.options.everyMs;
      this.#woken = false;
      try {
        const more = await this.options.round();
        this.#lastRound = Date.now();
        if (more !== null) this.#pauseMs = this.options.everyMs;
        if (this.options.gatherMs) await this.#sleep(this.options.gatherMs, false);
        if (more) continue;
      } catch (error) {
        this.options.logger.warn({ loop: this.options.name, err: error }, 'worker loop failed a round; it goes on');
        await this.#sleep(PAUSE_AFTER_ERROR_MS, false);
      }
      await this.#sleep(this.#pauseMs, true);
      this.#pauseMs = Math.max(this.options.everyMs, Math.min(2 * this.#pauseMs, this.options.restingMs ?? 0));
    }
  }

  async #sleep(ms: number, wakeable: boolean): Promise<void> {
    if (this.#stopped || (wakeable && this.#woken)) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        if (!wakeable && !this.#stopped) return;
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = null;
  }

  /** Ends after the round that is running. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake?.();
    await this.#running;
  }
}
