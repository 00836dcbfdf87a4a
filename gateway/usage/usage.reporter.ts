// Hands the counts of calls over once a minute and when the gateway drains. A gateway that is killed loses the counts of that minute, no more.
import { MAX_USAGE_EVENTS, type ApiUsage, type ApiUsagePort } from '../../subgraphs/kernel/base/api-usage.js';
import type { Clock } from '../../subgraphs/kernel/base/clock.js';
import { withDeadline } from '../../subgraphs/kernel/base/deadline.js';
import type { Logger } from '../../subgraphs/kernel/base/logger.js';
import { UsageTally } from './usage.tally.js';

const EVERY_MS = 60_000;
/** What a drain waits for it. */
const LAST_MS = 3_000;

export interface UsageOptions {
  port: ApiUsagePort;
  clock: Clock;
  logger: Logger;
  everyMs?: number;
}

export class UsageReporter {
  readonly tally: UsageTally;
  readonly #timer: NodeJS.Timeout;
  /** Taken and not yet kept. Nothing more is taken before it is, so that it stays within the tally's bounds. */
  #waiting: ApiUsage[] = [];
  #handing: Promise<void> | null = null;

  constructor(private readonly options: UsageOptions) {
    this.tally = new UsageTally(options.clock.now());
    this.#timer = setInterval(() => void this.hand(), options.everyMs ?? EVERY_MS);
    this.#timer.unref();
  }

  /** Hands over what was counted. What cannot be handed over waits for the next time. */
  hand(): Promise<void> {
    this.#handing ??= this.#hand().finally(() => { this.#handing = null; });
    return this.#handing;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await withDeadline(this.#handAll(), LAST_MS, 'handing over the last counts').catch((error: unknown) => {
      this.options.logger.warn({ err: error }, 'who keeps the counts of API calls is too slow to wait for');
    });
    if (this.#waiting.length > 0) this.options.logger.error({ events: this.#waiting.length }, 'counts of API calls are lost');
  }

  async #handAll(): Promise<void> {
    await this.#handing;
    // Once for what had to wait, once for what was counted meanwhile.
    await this.hand();
    await this.hand();
  }

  async #hand(): Promise<void> {
    const { port, clock, logger } = this.options;
    if (this.#waiting.length === 0) this.#waiting = this.tally.take(clock.now());
    try {
      while (this.#waiting.length > 0) {
        await port.report(this.#waiting.slice(0, MAX_USAGE_EVENTS));
        this.#waiting.splice(0, MAX_USAGE_EVENTS);
      }
    } catch (error) {
      logger.warn({ err: error, events: this.#waiting.length }, 'counts of API calls could not be handed over and wait');
    }
  }
}
